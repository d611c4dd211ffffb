import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ecosystems } from '../../ecosystems/ecosystems.ts'
import type { Fall } from '../../ecosystems/falls.ts'
import { Connection } from '../../ecosystems/store/connection.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import { SqliteStore } from '../../ecosystems/store/sqlite.ts'
import { StoreUnavailable } from '../../ecosystems/store/store.ts'
import { levelOf } from './given.ts'
import { FaultyStore } from './faulty-store.ts'
import { freshKey, House, issuer, refuses } from './house.ts'

const guest = { kind: 'person', id: 'guest' } as const

describe('the security domain', () => {
  describe('at its start', () => {
    it('does not open when it cannot read its store', async () => {
      const store = new MemoryStore()
      await store.close()
      await assert.rejects(Ecosystems.open(store), StoreUnavailable)
    })

    it('does not open when it cannot write the built-in classes', async () => {
      const store = new FaultyStore(new MemoryStore())
      store.broken = true
      await assert.rejects(Ecosystems.open(store), StoreUnavailable)
    })

    it('has no alarms', async () => {
      assert.deepEqual((await House.open()).ecosystems.alarms, [])
    })
  })

  describe('when it gives a right', () => {
    it('gives it when the store has it, not before', async () => {
      const house = await House.open()
      const { grants, people, epoch } = house.ecosystems
      await house.person('guest')
      await people.disable('guest')
      const seen = epoch.value
      const held = house.store.hold()
      const changes = [house.grant('guest', 3), people.enable('guest')]
      await held
      assert.equal(levelOf(grants, guest, 'home'), Infinity)
      assert.equal(people.get('guest')?.status, 'disabled')
      assert.equal(house.ecosystems.epoch.value, seen)
      house.store.release()
      await Promise.all(changes)
      assert.equal(levelOf(grants, guest, 'home'), 3)
      assert.equal(people.get('guest')?.status, 'active')
      assert.notEqual(house.ecosystems.epoch.value, seen)
    })

    it('does not give it when the store fails, and raises an alarm', async () => {
      const house = await House.open()
      const { grants, people, devices, directory, provisioning, idps } = house.ecosystems
      await house.person('guest')
      await people.disable('guest')
      await house.device('lamp')
      await devices.quarantine('lamp', 'odd')
      await directory.create({ id: 'car', realm: 'home' })
      house.store.broken = true
      const order = { realm: 'home', ecosystems: ['home'], class: 'light', count: 1, by: 'x:y' }
      for (const [index, change] of [
        () => house.grant('guest', 3),
        () => people.enable('guest'),
        () => people.admit({ issuer, subject: 'new' }),
        () => devices.release('lamp'),
        () => devices.admit('lamp', 'car'),
        () => devices.announce('lamp', { attributes: { a: 1 }, capabilities: [] }),
        () => directory.create({ id: 'boat', realm: 'home' }),
        () => provisioning.create(order),
        () => idps.add({ issuer, clientId: 'x' }),
      ].entries()) {
        const seen = house.ecosystems.epoch.value
        await refuses(change(), 'unavailable', /the disk is broken/)
        assert.equal(house.ecosystems.epoch.value, seen)
        assert.equal(house.alarms.length, index + 1)
        assert.equal(house.alarms.at(-1)?.code, 'change_not_stored')
      }
      assert.deepEqual(house.ecosystems.alarms, house.alarms)
      house.store.broken = false
      assert.equal(levelOf(grants, guest, 'home'), Infinity)
      assert.equal(people.get('guest')?.status, 'disabled')
      assert.equal(devices.get('lamp')?.status, 'quarantined')
      assert.deepEqual(devices.get('lamp')?.ecosystems, ['home'])
      assert.deepEqual(devices.get('lamp')?.attributes, {})
      await house.grant('guest', 3)
    })
  })

  describe('when it takes a right', () => {
    it('has taken it before the store knows, and answers when the store does', async () => {
      const house = await House.open()
      const { grants, people, devices } = house.ecosystems
      await house.person('guest')
      await house.device('lamp')
      const grant = await house.grant('guest', 3)
      const held = house.store.hold()
      const answered: string[] = []
      const changes = [
        grants.revoke(grant.id).then(() => answered.push('grant')),
        people.disable('guest').then(() => answered.push('person')),
        devices.quarantine('lamp', 'odd').then(() => answered.push('device')),
      ]
      assert.equal(levelOf(grants, guest, 'home'), Infinity)
      assert.equal(people.get('guest')?.status, 'disabled')
      assert.equal(devices.get('lamp')?.status, 'quarantined')
      await held
      assert.deepEqual(answered, [])
      house.store.release()
      await Promise.all(changes)
      assert.deepEqual(answered, ['grant', 'person', 'device'])
    })

    it('keeps it taken when the store fails, says so, and raises an alarm', async () => {
      const house = await House.open()
      const { grants, people, devices } = house.ecosystems
      await house.person('guest')
      await house.device('lamp')
      const grant = await house.grant('guest', 3)
      house.store.broken = true
      await refuses(grants.revoke(grant.id), 'unavailable')
      await refuses(people.disable('guest'), 'unavailable')
      await refuses(devices.quarantine('lamp', 'odd'), 'unavailable')
      assert.deepEqual(
        house.alarms.map(({ code }) => code),
        ['revocation_not_stored', 'revocation_not_stored', 'revocation_not_stored'],
      )
      house.store.broken = false
      assert.equal(levelOf(grants, guest, 'home'), Infinity)
      assert.deepEqual(grants.list(), [])
      assert.equal(people.get('guest')?.status, 'disabled')
      assert.equal(devices.get('lamp')?.status, 'quarantined')

      // What the store refused is not lost for good: it can be said again.
      await grants.revoke(grant.id)
      await people.disable('guest')
      await devices.quarantine('lamp', 'odd')
      const later = await house.restarted()
      assert.equal(levelOf(later.grants, guest, 'home'), Infinity)
      assert.equal(later.people.get('guest')?.status, 'disabled')
      assert.equal(later.devices.get('lamp')?.status, 'quarantined')
    })

    it('gives back what the store refused to take, when that is asked for', async () => {
      const house = await House.open()
      const { people, devices } = house.ecosystems
      await house.person('guest')
      await house.device('lamp')
      house.store.broken = true
      await refuses(people.disable('guest'), 'unavailable')
      await refuses(devices.quarantine('lamp', 'odd'), 'unavailable')
      house.store.broken = false
      const seen = [people.epochOf('guest').value, devices.epochOf('lamp').value]
      await people.enable('guest')
      await devices.release('lamp')
      assert.equal(people.get('guest')?.status, 'active')
      assert.equal(devices.get('lamp')?.status, 'active')
      assert.notEqual(people.epochOf('guest').value, seen[0])
      assert.notEqual(devices.epochOf('lamp').value, seen[1])
    })

    it('tells of the fallen after they are denied and before that is stored', async () => {
      const house = await House.open()
      const { people, devices } = house.ecosystems
      await house.person('guest')
      await house.device('lamp')
      house.store.commits.length = 0
      const falls: Fall[] = []
      const stop = house.ecosystems.onFallen((fall) => {
        assert.deepEqual(house.store.commits, [])
        const { status } = (fall.kind === 'person' ? people : devices).get(fall.id) ?? {}
        assert.notEqual(status, 'active')
        falls.push(fall)
      })
      house.ecosystems.onFallen(() => {
        throw new Error('a broken listener')
      })
      const changes = [people.disable('guest'), devices.quarantine('lamp', 'smoke')]
      assert.deepEqual(falls, [
        { kind: 'person', id: 'guest', reason: 'disabled' },
        { kind: 'device', id: 'lamp', reason: 'smoke' },
      ])
      await Promise.all(changes)
      stop()
      await people.disable('guest')
      assert.equal(falls.length, 2)
    })
  })

  describe('when several change the same thing at once', () => {
    const orders: readonly (readonly ('disable' | 'enable')[])[] = [
      ['disable', 'enable'],
      ['enable', 'disable'],
      ['disable', 'enable', 'disable'],
      ['enable', 'disable', 'enable'],
      ['disable', 'disable', 'enable', 'enable'],
    ]
    for (const order of orders)
      it(`ends as the last one says: ${order.join(', ')}`, async () => {
        const house = await House.open()
        const { people } = house.ecosystems
        await house.person('guest')
        const held = house.store.hold()
        const changes = order.map((change) => people[change]('guest'))
        if (order.includes('disable')) assert.equal(people.get('guest')?.status, 'disabled')
        house.store.release()
        await Promise.all(changes)
        const status = order.at(-1) === 'enable' ? 'active' : 'disabled'
        assert.equal(people.get('guest')?.status, status)
        assert.equal((await house.restarted()).people.get('guest')?.status, status)
        void held
      })

    it('never gives back what was taken while the giving was on its way to the store', async () => {
      const house = await House.open()
      const { people } = house.ecosystems
      await house.person('guest')
      await people.disable('guest')
      const held = house.store.hold()
      const enabling = people.enable('guest')
      await held
      const disabling = people.disable('guest')
      house.store.release()
      await enabling
      assert.equal(people.get('guest')?.status, 'disabled')
      await disabling
      assert.equal(people.get('guest')?.status, 'disabled')
      assert.equal((await house.restarted()).people.get('guest')?.status, 'disabled')
    })
  })

  describe('when too much waits', () => {
    it('refuses further changes, naming the bound; what takes holds in memory', async () => {
      const house = await House.open({ bounds: { waitingChanges: 2, waitingRevocations: 1 } })
      const { people } = house.ecosystems
      for (const id of ['guest', 'friend']) await house.person(id)
      const held = house.store.hold()
      const waiting = [house.grant('guest', 3), house.grant('guest', 2)]
      await held
      await refuses(house.grant('guest', 1), 'unavailable', /2 changes are waiting already/)
      const disabling = people.disable('friend')
      await refuses(people.disable('guest'), 'unavailable', /1 changes are waiting already/)
      assert.equal(people.get('guest')?.status, 'disabled')
      house.store.release()
      await Promise.all([...waiting, disabling])
      await house.grant('guest', 1)
    })

    it('keeps places for owners, and for what takes rights away, whatever devices and newcomers ask', async () => {
      const house = await House.open({ bounds: { waitingRequests: 3 } })
      const { people, devices } = house.ecosystems
      await house.person('guest')
      await house.device('lamp')
      await house.device('tv', { class: 'tv' })
      const held = house.store.hold()
      const outside = ['lamp', 'tv'].flatMap((id) =>
        Array.from({ length: 990 }, (_, round) => devices.announce(id, { attributes: { round } })),
      )
      const joining = people.admit({ issuer, subject: 'first' })
      await held
      await refuses(people.admit({ issuer, subject: 'second' }), 'unavailable', /3 changes/)
      const owners = [house.grant('guest', 3), people.disable('guest')]
      house.store.release()
      await Promise.all([...outside, joining, ...owners])
      assert.equal((await house.restarted()).people.get('guest')?.status, 'disabled')
    })

    it('refuses a change that has waited for too long, untried', async () => {
      const house = await House.open()
      await house.person('guest')
      const held = house.store.hold()
      const first = house.grant('guest', 3)
      const second = refuses(house.grant('guest', 2), 'unavailable', /more than 10000 ms/)
      await held
      house.clock.advance(10_000)
      await second
      assert.equal(house.alarms.at(-1)?.code, 'change_not_stored')
      house.store.release()
      await first
      await house.grant('guest', 1)
      assert.equal(house.clock.waiting, 0)
      assert.deepEqual(
        house.ecosystems.grants.list().map(({ level }) => level),
        [3, 1],
      )
    })

    it('keeps the last alarms only', async () => {
      const house = await House.open({ bounds: { alarms: 2 } })
      await house.person('guest')
      house.store.broken = true
      for (let level = 1; level <= 3; level++)
        await refuses(house.grant('guest', level), 'unavailable')
      assert.equal(house.alarms.length, 3)
      assert.deepEqual(house.ecosystems.alarms, house.alarms.slice(1))
    })
  })

  describe('when it raises an alarm', () => {
    it('goes on, though nobody can be told', async () => {
      const store = new FaultyStore(new MemoryStore())
      const logged: string[] = []
      const ecosystems = await Ecosystems.open(store, {
        log: (_level, message) => logged.push(message),
        alarm: () => {
          throw new Error('nobody there')
        },
      })
      store.broken = true
      await refuses(ecosystems.directory.create({ id: 'home', realm: 'home' }), 'unavailable')
      assert.equal(ecosystems.alarms.length, 1)
      assert.deepEqual(logged, [
        'ecosystem.create was refused: the disk is broken',
        'the alarm could not be passed on',
      ])
    })
  })

  describe('at its end', () => {
    it('lets the changes under way end, and takes no more', async () => {
      const house = await House.open()
      await house.person('guest')
      const held = house.store.hold()
      const change = house.grant('guest', 3)
      await held
      const closing = house.ecosystems.close()
      house.store.release()
      await closing
      await change
      await refuses(house.grant('guest', 3), 'unavailable', /closed/)
      await house.ecosystems.close()
    })
  })

  describe('on a real disk', () => {
    let folder: string
    let path: string

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'latchkey-domain-'))
      path = join(folder, 'latchkey.db')
    })

    afterEach(() => rm(folder, { recursive: true }))

    it('goes on deciding when the disk is full: gives nothing more, and takes what it should', async () => {
      const ecosystems = await Ecosystems.open(await SqliteStore.open(path, { maxPages: 140 }))
      await ecosystems.directory.create({ id: 'home', realm: 'home' })
      const order = { realm: 'home', ecosystems: ['home'], class: 'light', count: 1, by: 'x:y' }
      const [code = ''] = await ecosystems.provisioning.create(order)
      await ecosystems.people.create({ id: 'guest', name: 'Guest', issuer, subject: 'guest' })
      const create = { subject: guest, ecosystem: 'home', level: 3, by: 'x:y' }
      const grant = await ecosystems.grants.create(create)
      for (let number = 0; ; number++) {
        const name = 'x'.repeat(250)
        try {
          await ecosystems.people.create({ name, issuer, subject: `${name}${number}` })
        } catch {
          break
        }
      }
      const people = ecosystems.people.list().length
      const grants = [grant]
      for (let full = false; !full;) {
        try {
          grants.push(await ecosystems.grants.create({ ...create, level: 9 }))
        } catch (error) {
          full = true
          assert.match(String(error), /no room left/)
        }
      }
      await refuses(
        ecosystems.grants.create({ ...create, level: 1 }),
        'unavailable',
        /no room left/,
      )
      await refuses(
        ecosystems.devices.enrol({
          code,
          publicKey: freshKey(),
          attributes: { text: 'x'.repeat(9_000) },
        }),
        'unavailable',
      )
      assert.ok(ecosystems.provisioning.check(code) !== undefined)
      assert.equal(levelOf(ecosystems.grants, guest, 'home'), 3)
      assert.equal(ecosystems.devices.list().length, 0)
      await ecosystems.close()

      const again = await Ecosystems.open(await SqliteStore.open(path))
      assert.equal(again.people.list().length, people)
      assert.deepEqual(again.grants.list(), grants)
      assert.equal(again.devices.list().length, 0)
      await again.devices.enrol({ code, publicKey: freshKey() })
      await again.close()
    })

    it('keeps a right taken while the database is locked', async () => {
      const store = await SqliteStore.open(path, { busyTimeoutMs: 10 })
      const ecosystems = await Ecosystems.open(store)
      await ecosystems.directory.create({ id: 'home', realm: 'home' })
      await ecosystems.people.create({ id: 'guest', name: 'Guest', issuer, subject: 'guest' })
      const create = { subject: guest, ecosystem: 'home', level: 3, by: 'x:y' }
      const grant = await ecosystems.grants.create(create)
      const other = await Connection.open(path, { busyTimeoutMs: 0, readonly: false })
      await other.run('begin immediate')
      await refuses(ecosystems.grants.revoke(grant.id), 'unavailable', /locked/)
      assert.equal(levelOf(ecosystems.grants, guest, 'home'), Infinity)
      assert.equal(ecosystems.alarms.at(-1)?.code, 'revocation_not_stored')
      await refuses(ecosystems.grants.create({ ...create, level: 1 }), 'unavailable', /locked/)
      assert.equal(levelOf(ecosystems.grants, guest, 'home'), Infinity)
      await other.run('rollback')
      await other.close()
      await ecosystems.grants.revoke(grant.id)
      await ecosystems.close()
      const again = await Ecosystems.open(await SqliteStore.open(path))
      assert.equal(levelOf(again.grants, guest, 'home'), Infinity)
      await again.close()
    })
  })
})

import assert from 'node:assert/strict'
import { freshKey, House, refuses } from './house.ts'

describe('devices', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  describe('when they enrol', () => {
    it('become what their code says, under an id made of the prefix', async () => {
      const { devices } = house.ecosystems
      const publicKey = freshKey()
      const code = await house.code({ prefix: 'attic.lamp' })
      const device = await devices.enrol({ code, publicKey, attributes: { room: 'attic' } })
      assert.deepEqual(device, {
        id: 'attic_lamp',
        realm: 'home',
        class: 'light',
        prefix: 'attic.lamp',
        publicKey,
        secret: null,
        status: 'active',
        owner: null,
        claim: null,
        gateway: null,
        maxLevel: 1,
        ecosystems: ['home'],
        attributes: { room: 'attic' },
        announced: [],
        createdAt: house.clock.now(),
      })
      assert.deepEqual(devices.get('attic_lamp'), device)
      assert.deepEqual(devices.byPublicKey(publicKey), device)
      assert.deepEqual(devices.owning('home', 'attic.lamp.switch'), device)
      assert.equal(devices.owning('away', 'attic.lamp.switch'), undefined)
      assert.deepEqual(devices.list('home'), [device])
      assert.deepEqual(devices.list('away'), [])
      assert.deepEqual((await house.restarted()).devices.list(), [device])
    })

    it('write code and device in one commit', async () => {
      const code = await house.code()
      house.store.commits.length = 0
      await house.ecosystems.devices.enrol({ code, publicKey: freshKey() })
      assert.deepEqual(house.store.commits, [['code.redeem', 'device.put']])
    })

    it('are called by their class and the lowest free number', async () => {
      const { devices, provisioning } = house.ecosystems
      await house.device('lamp2')
      await house.device('lamp3.left')
      await house.code({ prefix: 'lamp4' })
      const codes = await provisioning.create({
        realm: 'home',
        ecosystems: ['home'],
        class: 'light',
        count: 3,
        by: 'x:y',
      })
      const ids: string[] = []
      for (const code of codes)
        ids.push((await devices.enrol({ code, publicKey: freshKey() })).prefix)
      assert.deepEqual(ids, ['lamp1', 'lamp5', 'lamp6'])
    })

    it('learn nothing of devices in other realms: prefixes and numbers are free in each', async () => {
      await house.ecosystems.directory.create({ id: 'away', realm: 'away' })
      const { devices } = house.ecosystems
      const there = { realm: 'away', ecosystems: ['away'] }
      const [here, lamp] = [await house.device('lamp'), await house.device('lamp', there)]
      assert.ok(!devices.isTaken('away', 'tv'))
      const first = await devices.enrol({ code: await house.code(), publicKey: freshKey() })
      const code = await house.code(there)
      const second = await devices.enrol({ code, publicKey: freshKey() })
      assert.deepEqual(
        [here.id, lamp.prefix, first.id, second.prefix],
        ['lamp', 'lamp', 'lamp1', 'lamp1'],
      )
      for (const [device, id] of [
        [lamp, /^lamp_[a-z2-7]{6}$/],
        [second, /^lamp1_[a-z2-7]{6}$/],
      ] as const)
        assert.match(device.id, id)
      assert.equal(devices.owning('away', 'lamp.switch')?.id, lamp.id)
      assert.equal(devices.owning('home', 'lamp.switch')?.id, here.id)
    })

    it('get an id of their own when prefixes make the same word, or too long a one', async () => {
      const long = `${'a'.repeat(60)}.${'b'.repeat(60)}`
      const devices = [
        await house.device('attic.lamp'),
        await house.device('attic_lamp'),
        await house.device(long),
      ]
      assert.equal(new Set(devices.map(({ id }) => id)).size, 3)
      for (const { id } of devices) assert.match(id, /^[a-z0-9_]{1,64}$/)
    })

    it('never overlap with another: not equal, not inside, not around', async () => {
      await house.device('attic.lamp')
      for (const prefix of ['attic.lamp', 'attic.lamp.left', 'attic'])
        await refuses(house.device(prefix), 'conflict', /overlaps/)
      await house.device('attic.lamp2')
      await house.device('attic2')
    })

    it('leave their code unused when the prefix was taken meanwhile', async () => {
      const { devices, provisioning } = house.ecosystems
      const [first, second] = [
        await house.code({ prefix: 'lamp' }),
        await house.code({ prefix: 'lamp' }),
      ]
      await devices.enrol({ code: first, publicKey: freshKey() })
      await refuses(devices.enrol({ code: second, publicKey: freshKey() }), 'conflict')
      assert.ok(provisioning.check(second) !== undefined)
    })

    it('do not get in with a key for which anybody can sign', async () => {
      const { devices, provisioning } = house.ecosystems
      const code = await house.code()
      for (const publicKey of [`01${'0'.repeat(62)}`, '0'.repeat(64), `ed${'f'.repeat(62)}`])
        await refuses(
          devices.enrol({ code, publicKey }),
          'invalid_argument',
          /^publicKey: .*anybody could sign/,
        )
      assert.ok(provisioning.check(code) !== undefined)
    })

    it('use a code once: of two at the same time one gets it', async () => {
      const { devices } = house.ecosystems
      const code = await house.code()
      const outcomes = await Promise.allSettled(
        [1, 2, 3].map(() => devices.enrol({ code, publicKey: freshKey() })),
      )
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected'],
      )
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.match(String(outcome.reason), /used already/)
      assert.equal(devices.list().length, 1)
      await refuses(devices.enrol({ code, publicKey: freshKey() }), 'conflict', /used already/)
      const later = (await house.restarted()).devices
      await refuses(later.enrol({ code, publicKey: freshKey() }), 'conflict', /used already/)
    })

    it('need a code that is known and has not expired', async () => {
      const { devices } = house.ecosystems
      await refuses(devices.enrol({ code: 'lk_x', publicKey: freshKey() }), 'not_found')
      const code = await house.code({ ttlMs: 1_000 })
      house.clock.advance(1_000)
      await refuses(devices.enrol({ code, publicKey: freshKey() }), 'not_found', /expired/)
    })

    it('need a key of their own, of 32 bytes in lower-case hex', async () => {
      const { devices } = house.ecosystems
      const { publicKey } = await house.device('lamp')
      assert.ok(publicKey !== null)
      const code = await house.code()
      await refuses(devices.enrol({ code, publicKey }), 'conflict', /publicKey/)
      for (const bad of ['', 'ab', 'AB'.repeat(32), 'g'.repeat(64)])
        await refuses(devices.enrol({ code, publicKey: bad }), 'invalid_argument', /publicKey/)
      await devices.enrol({ code, publicKey: freshKey() })
    })

    it('are nothing, and their code is good still, when that cannot be stored', async () => {
      const { devices, provisioning } = house.ecosystems
      const code = await house.code({ prefix: 'lamp' })
      house.store.broken = true
      await refuses(devices.enrol({ code, publicKey: freshKey() }), 'unavailable')
      assert.deepEqual(devices.list(), [])
      assert.equal(devices.owning('home', 'lamp.switch'), undefined)
      assert.ok(provisioning.check(code) !== undefined)
      house.store.broken = false
      await devices.enrol({ code, publicKey: freshKey() })
    })

    it('are so many and no more', async () => {
      house = await House.open({ bounds: { devices: 1 } })
      await house.device('lamp')
      await refuses(house.device('tv'), 'invalid_state', /devices: there are 1/)
    })

    it('move the epoch of their realm and no other', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      await house.ecosystems.directory.create({ id: 'away', realm: 'away' })
      await house.device('far', { realm: 'away', ecosystems: ['away'] })
      const [here, there] = [devices.epochOfRealm('home'), devices.epochOfRealm('away')]
      const lamp = devices.epochOf('lamp')
      const seen = [here.value, there.value, lamp.value]
      await house.device('tv')
      assert.notEqual(here.value, seen[0])
      assert.equal(there.value, seen[1])
      assert.equal(lamp.value, seen[2])
    })

    it('move the epoch of a realm that had no device', async () => {
      const epoch = house.ecosystems.devices.epochOfRealm('home')
      const seen = epoch.value
      await house.device('lamp')
      assert.notEqual(epoch.value, seen)
    })
  })

  describe('when they announce themselves', () => {
    it('are remembered by it, and give nobody a right', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      const { device: row } = await devices.announce('lamp', {
        attributes: { colour: 'red' },
        capabilities: [
          { uri: 'lamp.explode', action: 'call' },
          { uri: 'lamp.switch', action: 'call' },
          { uri: 'lamp.explode', action: 'call' },
        ],
      })
      assert.deepEqual(row.attributes, { colour: 'red' })
      assert.equal(row.announced.length, 2)
      assert.deepEqual(devices.requirements(row, 'call', 'lamp.explode'), [])
      assert.deepEqual(
        devices.capabilitiesOf(row).map(({ uri, announced, levels }) => [uri, announced, levels]),
        [
          ['lamp.switch', true, { home: 3 }],
          ['lamp.state', false, { home: 3 }],
          ['lamp.on_change', false, { home: 3 }],
          ['lamp.explode', true, {}],
        ],
      )
      assert.deepEqual((await house.restarted()).devices.get('lamp'), row)
    })

    it('leave decisions about them as they are', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      const epoch = devices.epochOf('lamp')
      const seen = epoch.value
      await devices.announce('lamp', { attributes: { colour: 'red' }, capabilities: [] })
      assert.equal(epoch.value, seen)
    })

    it('write nothing when nothing is new', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      const announcement = {
        attributes: { colour: 'red' },
        capabilities: [{ uri: 'lamp.switch', action: 'call' as const }],
      }
      await devices.announce('lamp', announcement)
      house.store.commits.length = 0
      await devices.announce('lamp', announcement)
      assert.deepEqual(house.store.commits, [])
    })

    it('without end, have one announcement under way and the newest waiting', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      house.store.commits.length = 0
      const held = house.store.hold()
      const capabilities = [{ uri: 'lamp.switch', action: 'call' as const }]
      const said = [
        devices.announce('lamp', { attributes: { round: 0 } }),
        devices.announce('lamp', { capabilities }),
        ...Array.from({ length: 990 }, (_, round) =>
          devices.announce('lamp', { attributes: { round: round + 1 } }),
        ),
      ]
      await held
      house.store.release()
      const results = await Promise.all(said)
      assert.equal(house.store.commits.length, 2)
      assert.deepEqual(devices.get('lamp')?.attributes, { round: 990 })
      assert.deepEqual(devices.get('lamp')?.announced, capabilities)
      assert.deepEqual(
        results.flatMap(({ changed }, index) => (changed ? [index] : [])),
        [0, 991],
      )
      assert.equal((await devices.announce('lamp', { attributes: { round: 990 } })).changed, false)
    })

    it('go on after one that could not be stored', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      house.store.broken = true
      const first = devices.announce('lamp', { attributes: { round: 1 } })
      const second = devices.announce('lamp', { attributes: { round: 2 } })
      await refuses(first, 'unavailable')
      await refuses(second, 'unavailable')
      house.store.broken = false
      const { changed } = await devices.announce('lamp', { attributes: { round: 3 } })
      assert.ok(changed)
    })

    it('may speak of nothing but what is theirs', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      for (const uri of ['lamp2.switch', 'tv.play', 'lamp.', 'wamp.x', ''])
        await refuses(
          devices.announce('lamp', { attributes: {}, capabilities: [{ uri, action: 'call' }] }),
          'invalid_argument',
          /^capabilities\[0\]\.uri/,
        )
      await refuses(
        devices.announce('lamp', {
          attributes: {},
          capabilities: [{ uri: 'lamp.x', action: 'register' as 'call' }],
        }),
        'invalid_argument',
        /^capabilities\[0\]\.action/,
      )
      await refuses(devices.announce('ghost', { attributes: {}, capabilities: [] }), 'not_found')
    })

    it('may say so much and no more', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      const capabilities = Array.from({ length: 257 }, (_, index) => ({
        uri: `lamp.v${index}`,
        action: 'call' as const,
      }))
      await refuses(
        devices.announce('lamp', { attributes: {}, capabilities }),
        'invalid_argument',
        /capabilities: found 257, allowed is at most 256/,
      )
      await devices.announce('lamp', { attributes: {}, capabilities: capabilities.slice(1) })
      await refuses(
        devices.announce('lamp', { attributes: { a: 'ä'.repeat(8_192) }, capabilities: [] }),
        'invalid_argument',
        /attributes: found "16392 bytes of JSON", allowed is at most 16384/,
      )
      for (const attributes of [[], 'x', null, { big: 1n }])
        await refuses(
          devices.announce('lamp', { attributes: attributes as object as {}, capabilities: [] }),
          'invalid_argument',
          /^attributes/,
        )
    })
  })

  describe('in their ecosystems and standing', () => {
    it('join further ecosystems of their realm', async () => {
      const { devices, directory } = house.ecosystems
      await directory.create({ id: 'car', realm: 'home' })
      await directory.create({ id: 'far', realm: 'away' })
      await house.device('lamp')
      const epoch = devices.epochOf('lamp')
      const seen = epoch.value
      assert.deepEqual((await devices.admit('lamp', 'car')).ecosystems, ['home', 'car'])
      assert.notEqual(epoch.value, seen)
      assert.deepEqual((await devices.admit('lamp', 'car')).ecosystems, ['home', 'car'])
      await refuses(devices.admit('lamp', 'far'), 'invalid_argument', /ecosystem of realm home/)
      await refuses(devices.admit('lamp', 'none'), 'not_found')
      await refuses(devices.admit('none', 'car'), 'not_found')
      assert.deepEqual((await house.restarted()).devices.get('lamp')?.ecosystems, ['home', 'car'])
    })

    it('join so many and no more', async () => {
      house = await House.open({ bounds: { ecosystemsPerDevice: 1 } })
      await house.ecosystems.directory.create({ id: 'car', realm: 'home' })
      await house.device('lamp')
      await refuses(
        house.ecosystems.devices.admit('lamp', 'car'),
        'invalid_state',
        /ecosystemsPerDevice of lamp: there are 1/,
      )
    })

    it('are quarantined and released, and stay so', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      const epoch = devices.epochOf('lamp')
      const seen = epoch.value
      assert.equal((await devices.quarantine('lamp', 'odd')).status, 'quarantined')
      assert.notEqual(epoch.value, seen)
      assert.equal((await house.restarted()).devices.get('lamp')?.status, 'quarantined')
      assert.equal((await devices.release('lamp')).status, 'active')
      assert.equal((await house.restarted()).devices.get('lamp')?.status, 'active')
      await refuses(devices.quarantine('ghost', 'odd'), 'not_found')
      await refuses(devices.quarantine('lamp', ''), 'invalid_argument', /^reason/)
      await refuses(devices.release('ghost'), 'not_found')
    })

    it('keep what they announce while they are quarantined at the same time', async () => {
      const { devices } = house.ecosystems
      await house.device('lamp')
      await Promise.all([
        devices.announce('lamp', { attributes: { a: 1 }, capabilities: [] }),
        devices.quarantine('lamp', 'odd'),
        devices.announce('lamp', { attributes: { a: 2 }, capabilities: [] }),
      ])
      const { status, attributes } = devices.get('lamp') ?? {}
      assert.deepEqual([status, attributes], ['quarantined', { a: 2 }])
      assert.deepEqual((await house.restarted()).devices.get('lamp'), devices.get('lamp'))
    })
  })
})

import assert from 'node:assert/strict'
import type { App } from '../../../clients/index.ts'
import { startOutside, type Answer, type Outside } from '../../support/outside.ts'
import type { WampClient, Wire } from '../../support/wamp-client.ts'

const { now } = Date

describe('why a decision came out as it did', () => {
  let house: Outside
  let owner: App
  let guest: WampClient

  before(async () => {
    house = await startOutside({ providers: 2, ecosystems: [{ id: 'home' }, { id: 'car' }] })
    for (const id of ['owner', 'driver', 'stranger']) await house.person(id)
    await house.person('guest', { provider: 1 })
    await house.grant('owner', 1)
    await house.grant('driver', 1, { ecosystem: 'car' })
    await house.grant('guest', 3)
    const verb = (): object => ({ done: true })
    await house.device('light', { prefix: 'lamp', handlers: { switch: verb } })
    await house.device('safe', { prefix: 'safe', handlers: { open: verb } })
    await house.device('lock', { prefix: 'door', handlers: { unlock: verb, lock: verb } })
    await house.device('safe', { prefix: 'trunk', ecosystem: 'car', handlers: { open: verb } })
    owner = await house.app(await house.token(0, 'owner'))
    guest = await house.join(await house.token(1, 'guest', { auth_time: now() / 1_000 - 4_000 }))
  })

  after(() => house.stop())

  const deniedId = (error: Wire): string => {
    assert.equal(error[0], 8, JSON.stringify(error))
    const { decision_id: id } = error[3] as { decision_id?: unknown }
    assert.ok(typeof id === 'string', JSON.stringify(error))
    return id
  }
  const denied = async (uri: string, client = guest): Promise<string> =>
    deniedId(await house.call(client, uri))
  const explain = async (id: string, app: App = owner): Promise<Answer> => {
    const { args } = await app.call('latchkey.authz.explain', [], { id })
    return args[0] as Answer
  }

  it('is told with who, what, when, the check, the grant in words, and what would have to be otherwise', async () => {
    const before = now()
    const told = await explain(await denied('safe.open'))
    const grant = String(told['grant'])
    assert.deepEqual(
      [told['actor'], told['action'], told['target'], told['outcome'], told['check']],
      ['person:guest', 'call', 'safe.open', 'deny', 'level'],
    )
    assert.deepEqual(
      [told['ecosystem'], told['level'], told['required'], told['times']],
      ['home', 3, 1, 1],
    )
    assert.ok((told['at'] as number) >= before)
    assert.equal(
      told['words'],
      `person:guest asked to call safe.open, and may not: grant ${grant} (level 3 for everything in home) gives level 3 in home, where 1 is required.`,
    )
    assert.equal(
      told['remedy'],
      'latchkey grant create --to guest --ecosystem home --level 1 --uri safe.open',
    )
  })

  it('counts how often it was applied', async () => {
    const id = await denied('safe.open')
    assert.equal(await denied('safe.open'), id)
    assert.equal((await explain(id))['outcome'], 'deny')
  })

  it('names the window of a grant that is not in force now', async () => {
    const later = await house.grant('stranger', 3, { not_before: '2d' })
    const stranger = await house.join(await house.token(0, 'stranger'))
    const told = await explain(await denied('lamp.switch', stranger))
    assert.equal(told['check'], 'grant')
    assert.match(
      String(told['words']),
      new RegExp(
        `in home no grant is in force that is about it; grant ${later} \\(level 3 .*; from 2.*\\) has not begun`,
      ),
    )
    assert.match(String(told['remedy']), /^to wait until a grant is in force again/)
  })

  it('names the provider by whose limit a level counts for less, and the grant that forbids', async () => {
    const issuer = house.providers[1]?.issuer
    await house.manage('ecosystem.trust_idp', { ecosystem: 'home', issuer, max_level: 5 })
    const limited = await explain(await denied('lamp.switch'))
    assert.match(
      String(limited['words']),
      /gives level 5 in home \(it gives 3, but whoever comes by http:\S+ is held to less\)/,
    )
    assert.match(String(limited['remedy']), /^a proof that is good for level/)
    await house.manage('ecosystem.trust_idp', { ecosystem: 'home', issuer, max_level: 1 })

    const no = await house.grant('guest', 99, { effect: 'deny', uri: 'lamp.switch' })
    const forbidden = await explain(await denied('lamp.switch'))
    assert.match(
      String(forbidden['words']),
      new RegExp(`grant ${no} \\(.*\\) forbids it, whatever else was given`),
    )
    assert.equal(forbidden['remedy'], `latchkey grant revoke ${no}`)
    await house.manage('grant.revoke', { id: no })
  })

  it('tells what proof is asked for, of a denial that can be cured', async () => {
    const door = { device: 'door', ecosystem: 'home', action: 'call', uri: 'door.unlock' }
    await house.manage('capability.set', { ...door, level: 3, acr: 'aal2', max_age: '5m' })
    const error = await house.call(guest, 'door.unlock')
    assert.equal(error[4], 'wamp.error.authorization_required')
    const told = await explain(deniedId(error))
    assert.equal(told['check'], 'assurance')
    assert.match(String(told['words']), /asks for a proof of aal2, not older than 300 s/)
    assert.match(String(told['remedy']), /latchkey step-up door\.unlock/)
  })

  it('is told of what level 1 did, too', async () => {
    const { args } = await owner.call('safe.open', [])
    assert.deepEqual(args, [{ done: true }])
    const { records } = await house.manage('audit.list', { actor: 'person:owner' })
    const [record] = (records as { decision_id: string; target: string }[]).filter(
      ({ target }) => target === 'safe.open',
    )
    const told = await explain(record?.decision_id ?? '')
    assert.equal(told['outcome'], 'allow')
    assert.match(String(told['words']), /and may: grant \S+ .* gives level 1 in home, where 1 is/)
    assert.equal(told['remedy'], undefined)
  })

  it('is told of subscribing, publishing and registering', async () => {
    const subscribe = await guest.ask([32, 801, {}, 'safe.on_change'])
    const publish = await guest.ask([16, 802, { acknowledge: true }, 'lamp.on_change'])
    const register = await guest.ask([64, 803, {}, 'lamp.switch2'])
    const told = [subscribe, publish, register].map((error) => explain(deniedId(error)))
    assert.deepEqual(
      (await Promise.all(told)).map(({ action, check }) => [action, check]),
      [
        ['subscribe', 'level'],
        ['publish', 'capability'],
        ['register', 'ownership'],
      ],
    )
  })

  it('is told to nobody else: not to whoever asked, and of others as of what never was', async () => {
    const id = await denied('safe.open')
    const nowhere = await denied('nowhere.at_all')
    const driver = await house.app(await house.token(0, 'driver'))
    const asGuest = await house.app(await house.token(1, 'guest'))
    const notFound = (found: string): object => ({
      uri: 'latchkey.error.not_found',
      args: [`there is no decision "${found}" here`],
    })
    for (const app of [driver, asGuest])
      for (const asked of [id, nowhere, 'never-was'])
        await assert.rejects(explain(asked, app), notFound(asked))
    await assert.rejects(explain(nowhere), notFound(nowhere))
    assert.equal((await house.manage('authz.explain', { id: nowhere }))['check'], 'capability')
    const trunk = await denied('trunk.open')
    await assert.rejects(explain(trunk), notFound(trunk))
    assert.equal((await explain(trunk, driver))['target'], 'trunk.open')
  })

  it('says of a device in two ecosystems nothing that is the other owner’s alone', async () => {
    await house.manage('device.admit', { device: 'safe', ecosystem: 'car' })
    const safe = { device: 'safe', action: 'call', uri: 'safe.open', ecosystem: 'car' }
    await house.manage('capability.set', { ...safe, level: 7 })
    await house.grant('stranger', 8, { ecosystem: 'car' })
    const stranger = await house.join(await house.token(0, 'stranger'))
    const id = await denied('safe.open', stranger)
    const told = await explain(id)
    assert.equal(told['target'], 'safe.open')
    assert.doesNotMatch(JSON.stringify(told), /car|"level":|"required":|grant/)
    const driver = await house.app(await house.token(0, 'driver'))
    assert.deepEqual(
      [(await explain(id, driver))['ecosystem'], (await explain(id, driver))['level']],
      ['car', 8],
    )
  })
})

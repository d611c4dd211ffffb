import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Wampy } from 'wampy'
import { Device } from '../../clients/index.ts'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import { until } from '../support/until.ts'

/** What a call of an unmodified client came to. */
interface Outcome {
  readonly result?: unknown
  readonly uri?: string
}

async function call(wampy: Wampy, uri: string, kwargs?: Answer): Promise<Outcome> {
  try {
    const payload = kwargs === undefined ? undefined : { argsDict: kwargs }
    const { argsList } = await wampy.call(uri, payload)
    return { result: argsList?.[0] }
  } catch (error) {
    return { uri: String((error as { errorUri?: string }).errorUri) }
  }
}

async function answer(wampy: Wampy, uri: string, kwargs?: Answer): Promise<Answer> {
  const { result, uri: error } = await call(wampy, uri, kwargs)
  assert.equal(error, undefined, uri)
  return result as Answer
}

const denied = { uri: 'wamp.error.not_authorized' }
const hourMs = 3_600_000
const start = Date.parse('2030-06-01T12:00:00Z')

describe('R52 consent and privacy', () => {
  let clock: ManualClock
  let house: Outside
  let lamp: Device
  let radio: Device
  /** Whom the devices saw as caller, by their prefix. */
  let seen: Record<string, unknown[]>

  const joined = async (subject: string): Promise<Wampy> =>
    house.wampy(await house.token(0, subject))
  const idOf = async (prefix: string): Promise<string> => {
    const { devices } = await house.manage('device.list')
    return String((devices as Answer[]).find((each) => each['prefix'] === prefix)?.['id'])
  }
  const device = (kind: string, prefix: string, verb: string, ecosystem: string): Promise<Device> =>
    house.device(kind, {
      prefix,
      ecosystem,
      handlers: {
        [verb]: ({ details }) => {
          const callers = (seen[prefix] ??= [])
          callers.push(details['caller_authid'])
          return 'done'
        },
      },
    })

  beforeEach(async () => {
    seen = {}
    clock = new ManualClock(start)
    house = await startOutside({
      clock,
      store: 'folder',
      ecosystems: [{ id: 'home' }, { id: 'car' }],
    })
    for (const id of ['owner', 'guest', 'friend', 'other']) await house.person(id)
    for (const ecosystem of ['home', 'car']) await house.grant('owner', 1, { ecosystem })
    await house.grant('guest', 3)
    await house.grant('guest', 3, { ecosystem: 'car' })
    lamp = await device('light', 'lamp', 'switch', 'home')
    radio = await device('tv', 'radio', 'play', 'car')
  })

  afterEach(() => house.stop())

  it('R52: a person lists who read what in 24 h', async () => {
    const owner = await joined('owner')
    const guest = await joined('guest')
    const heard: unknown[] = []
    await guest.subscribe('lamp.on_change', () => {
      heard.push(true)
    })
    for (let i = 0; i < 3; i++) await call(guest, 'lamp.switch')
    await call(guest, 'radio.play')
    await call(owner, 'lamp.switch')
    await call(guest, 'safe.open')
    for (let i = 0; i < 2; i++) await lamp.publish('on_change')
    await until(() => heard.length === 2)

    const at = start
    const expected = [
      { reader: 'guest', action: 'call', uri: 'lamp.switch', count: 3, first_at: at, last_at: at },
      {
        reader: 'guest',
        action: 'subscribe',
        uri: 'lamp.on_change',
        count: 2,
        first_at: at,
        last_at: at,
      },
      { reader: 'guest', action: 'call', uri: 'radio.play', count: 1, first_at: at, last_at: at },
    ]
    const list = async (wampy: Wampy, hours?: number): Promise<unknown[]> => {
      const kwargs = hours === undefined ? undefined : { hours }
      const { uses } = await answer(wampy, 'latchkey.consent.list', kwargs)
      return (uses as Answer[]).toSorted((a, b) => (String(a['uri']) < String(b['uri']) ? 1 : -1))
    }
    const sorted = expected.toSorted((a, b) => (a.uri < b.uri ? 1 : -1))
    assert.deepEqual(await list(owner), sorted)
    // What others have is not for guests to see.
    assert.deepEqual(await list(guest), [])
    assert.deepEqual(await list(await joined('other')), [])

    // What was counted outlives the router.
    clock.advance(60_000)
    await house.restart()
    assert.deepEqual(await list(await joined('owner')), sorted)
    clock.advance(24 * hourMs)
    const later = await joined('owner')
    assert.deepEqual(await list(later), [])
    assert.deepEqual(await list(later, 48), sorted)
    clock.advance(30 * 24 * hourMs)
    assert.deepEqual(await list(await joined('owner'), 720), [])
  })

  it('R52: whoever let a device in reads nothing of it when he has nothing there any more', async () => {
    const grant = await house.grant('other', 1)
    const other = await joined('other')
    const made = await answer(other, 'latchkey.provisioning.token.create', {
      ecosystem: 'home',
      class: 'light',
      prefix: 'den',
    })
    const [code = ''] = made['codes'] as string[]
    const stateDir = await mkdtemp(join(tmpdir(), 'latchkey-r52-'))
    const procedures = { switch: () => 'done' }
    const den = new Device({ url: house.url, realm: 'home', stateDir, code, procedures })
    await den.connect()
    await call(await joined('guest'), 'den.switch')
    const uses = async (): Promise<number> =>
      ((await answer(other, 'latchkey.consent.list'))['uses'] as unknown[]).length
    await eventually(async () => assert.equal(await uses(), 1))
    await house.manage('grant.revoke', { id: grant })
    assert.equal(await uses(), 0)
    await den.close()
    await rm(stateDir, { recursive: true })
  })

  it('R52: and so of names of his own, which he lets others read', async () => {
    const guest = await joined('guest')
    await guest.register('user.guest.prefs.light', () => ({ argsList: ['warm'] }))
    await answer(guest, 'latchkey.grant.create', { to: 'other', uri: 'user.guest.prefs.' })
    const other = await joined('other')
    assert.deepEqual(await call(other, 'user.guest.prefs.light'), { result: 'warm' })
    const { uses } = await answer(guest, 'latchkey.consent.list')
    assert.deepEqual(
      (uses as Answer[]).map(({ reader, uri, count }) => [reader, uri, count]),
      [['other', 'user.guest.prefs.light', 1]],
    )
    const owner = await joined('owner')
    const ofOwner = await answer(owner, 'latchkey.consent.list')
    assert.deepEqual([ofOwner['uses'], ofOwner['complete']], [[], true])
  })

  it('R52: two ecosystems see different pseudonyms, each the same one at all times', async () => {
    const guest = await joined('guest')
    await call(guest, 'lamp.switch')
    assert.deepEqual(seen['lamp'], ['guest'])
    for (const id of ['home', 'car'])
      await answer(await joined('owner'), 'latchkey.ecosystem.set', { id, pseudonyms: true })
    // In the very next call, also of a live session.
    await call(guest, 'lamp.switch')
    await call(guest, 'radio.play')
    const [, atHome] = seen['lamp'] ?? []
    const [inCar] = seen['radio'] ?? []
    assert.match(String(atHome), /^ps_[0-9a-f]{32}$/)
    assert.match(String(inCar), /^ps_[0-9a-f]{32}$/)
    assert.notEqual(atHome, inCar)

    await house.restart()
    const again = await joined('guest')
    await eventually(async () =>
      assert.deepEqual(await call(again, 'lamp.switch'), { result: 'done' }),
    )
    const owner = await joined('owner')
    await call(owner, 'lamp.switch')
    const [third, fourth] = (seen['lamp'] ?? []).slice(2)
    assert.equal(third, atHome)
    assert.notEqual(fourth, atHome)

    // The owner can tell who it is, which is put on record; nobody else can.
    const resolve = { pseudonym: atHome, ecosystem: 'home' }
    assert.deepEqual(await answer(owner, 'latchkey.person.resolve', resolve), { person: 'guest' })
    assert.deepEqual(await call(again, 'latchkey.person.resolve', resolve), denied)
    const elsewhere = { pseudonym: atHome, ecosystem: 'car' }
    assert.deepEqual(await call(owner, 'latchkey.person.resolve', elsewhere), {
      uri: 'latchkey.error.not_found',
    })
    const { records } = await house.manage('audit.list', { limit: 100 })
    assert.ok(
      (records as Answer[]).some(
        ({ action, actor, outcome }) =>
          action === 'person.resolve' && actor === 'person:owner' && outcome === 'change',
      ),
    )
  })

  it('R52: what a device is told of its house names nobody whom it knows by a pseudonym', async () => {
    await house.manage('ecosystem.create', { id: 'den', owner: 'owner', pseudonyms: true })
    const tent = await device('light', 'tent', 'switch', 'den')
    await call(await joined('owner'), 'tent.switch')
    const { bundle } = await tent.ask('latchkey.device.trust', {})
    const payload = Buffer.from(bundle.split('.')[1] ?? '', 'base64url').toString()
    const { owners } = JSON.parse(payload) as { owners: string[] }
    assert.deepEqual(owners, seen['tent'])
    assert.doesNotMatch(payload, /"owner"/)
    const guest = await joined('guest')
    await house.grant('guest', 3, { ecosystem: 'den' })
    await call(guest, 'tent.switch')
    await eventually(async () => {
      const { uses } = await answer(await joined('owner'), 'latchkey.consent.list')
      assert.equal((uses as unknown[]).length, 1)
    })
    const { args } = await tent.call('latchkey.consent.list')
    assert.deepEqual((args[0] as Answer)['uses'], [])
    const owner = await joined('owner')
    const { devices } = await answer(owner, 'latchkey.device.list', { ecosystem: 'den' })
    const id = String((devices as Answer[])[0]?.['id'])
    await answer(owner, 'latchkey.grant.create', { to: `device:${id}`, ecosystem: 'den', level: 9 })
    const act = { device: id, scopes: ['tent.'], ttl: '1d' }
    await answer(owner, 'latchkey.device.delegate', act)
    for (const noun of ['grant', 'delegation', 'discovery', 'session', 'approval', 'share']) {
      const listed = await tent.call(`latchkey.${noun}.list`)
      assert.doesNotMatch(JSON.stringify(listed.args), /owner"|:guest/, noun)
    }
  })

  it('R52: subscribers hear of a person by the pseudonym, too', async () => {
    await house.manage('capability.set', {
      device: await idOf('lamp'),
      uri: 'lamp.wish',
      action: 'publish',
      ecosystem: 'home',
      level: 3,
    })
    await house.manage('ecosystem.set', { id: 'home', pseudonyms: true })
    const publishers: unknown[] = []
    await lamp.subscribe('wish', ({ details }) => publishers.push(details['publisher_authid']))
    const guest = await joined('guest')
    await guest.publish('lamp.wish', undefined, { disclose_me: true })
    await until(() => publishers.length === 1)
    assert.match(String(publishers[0]), /^ps_[0-9a-f]{32}$/)
    await call(guest, 'lamp.switch')
    assert.deepEqual(seen['lamp'], publishers)
  })

  it('R52: each share says what for and until when, and is over then', async () => {
    const owner = await joined('owner')
    const friend = await joined('friend')
    const share = { to: 'friend', device: await idOf('lamp'), actions: 'call' }
    for (const [more, missing] of [
      [{ purpose: 'house sitting' }, /expires/],
      [{ expires: '2h' }, /purpose/],
    ] as const) {
      await assert.rejects(
        owner.call('latchkey.share.create', { argsDict: { ...share, ...more } }),
        (error: { errorUri?: string; argsList?: string[] }) =>
          error.errorUri === 'wamp.error.invalid_argument' && missing.test(String(error.argsList)),
      )
    }
    assert.deepEqual(await call(friend, 'lamp.switch'), denied)
    const made = await answer(owner, 'latchkey.share.create', {
      ...share,
      purpose: 'house sitting',
      expires: '30m',
    })
    assert.equal(made['purpose'], 'house sitting')
    assert.deepEqual(await call(friend, 'lamp.switch'), { result: 'done' })
    assert.deepEqual(await call(friend, 'lamp.state'), { uri: 'wamp.error.no_such_procedure' })
    assert.deepEqual(await call(friend, 'radio.play'), denied)
    clock.advance(30 * 60_000)
    assert.deepEqual(await call(friend, 'lamp.switch'), denied)
    assert.deepEqual((await answer(owner, 'latchkey.share.list'))['shares'], [])
  })

  it('R52: both sides read what is shared, and either ends it', async () => {
    const owner = await joined('owner')
    const friend = await joined('friend')
    const share = async (): Promise<unknown> =>
      (
        await answer(owner, 'latchkey.share.create', {
          to: 'friend',
          device: await idOf('lamp'),
          actions: ['call', 'subscribe'],
          purpose: 'house sitting',
          expires: '7d',
        })
      )['id']
    const list = async (wampy: Wampy): Promise<unknown[]> => {
      const { shares } = await answer(wampy, 'latchkey.share.list')
      return (shares as Answer[]).map(({ id, side }) => [id, side])
    }
    const id = await share()
    assert.deepEqual(await list(owner), [[id, 'given']])
    assert.deepEqual(await list(friend), [[id, 'received']])
    const other = await joined('other')
    assert.deepEqual(await list(other), [])
    assert.deepEqual(await call(other, 'latchkey.share.revoke', { id }), denied)

    await answer(friend, 'latchkey.share.revoke', { id })
    assert.deepEqual(await call(friend, 'lamp.switch'), denied)
    assert.deepEqual(await list(owner), [])
    const again = await share()
    assert.deepEqual(await call(friend, 'lamp.switch'), { result: 'done' })
    await answer(owner, 'latchkey.share.revoke', { id: again })
    assert.deepEqual(await call(friend, 'lamp.switch'), denied)
  })

  it('R52: nobody shares what is not his to give', async () => {
    const guest = await joined('guest')
    const more = { purpose: 'fun', expires: '1h', to: 'friend', actions: 'call' }
    const lampShare = { ...more, device: await idOf('lamp') }
    assert.deepEqual(await call(guest, 'latchkey.share.create', lampShare), denied)
    const whole = { ...more, ecosystem: 'home', level: 3 }
    assert.deepEqual(await call(guest, 'latchkey.share.create', whole), denied)
    const nothing = { ...more, device: 'd_none' }
    assert.deepEqual(await call(guest, 'latchkey.share.create', nothing), denied)
    const owner = await joined('owner')
    await answer(owner, 'latchkey.share.create', whole)
    const friend = await joined('friend')
    assert.deepEqual(await call(friend, 'lamp.switch'), { result: 'done' })
    assert.ok(radio)
    assert.deepEqual(await call(friend, 'radio.play'), denied)
  })
})

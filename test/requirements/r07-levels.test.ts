import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide } from '../../authorizers/decide.ts'
import type { CapabilityAction, GrantRow } from '../../ecosystems/store/store.ts'
import { principal, request } from '../authorizers/request.ts'
import { House } from '../ecosystems/house.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'
const done = (): object => ({ done: true })

describe('R07 levels', function () {
  this.timeout(30_000)
  let house: Outside
  let guest: WampClient
  let owner: WampClient

  before(async () => {
    house = await startOutside()
    await house.device('lock', { prefix: 'door', handlers: { unlock: done } })
    await house.device('toilet', { prefix: 'toilet', handlers: { flush: done } })
    await house.device('tv', { prefix: 'tv', handlers: { play: done } })
    await house.device('safe', { prefix: 'safe', handlers: { open: done } })
    for (const [id, level] of [
      ['owner', 1],
      ['guest', 3],
    ] as const) {
      await house.person(id)
      await house.grant(id, level)
    }
    await house.person('stranger')
    guest = await house.join(await house.token(0, 'guest'))
    owner = await house.join(await house.token(0, 'owner'))
  })

  after(() => house.stop())

  it('R07: a guest at level 3: door.unlock OK, toilet.flush OK, tv.play OK, safe.open NA, and that’s it', async () => {
    assert.equal(await house.outcome(guest, 'door.unlock'), 'RESULT')
    assert.equal(await house.outcome(guest, 'toilet.flush'), 'RESULT')
    assert.equal(await house.outcome(guest, 'tv.play'), 'RESULT')
    assert.equal(await house.outcome(guest, 'safe.open'), denied)
    const wampy = await house.wampy(await house.token(0, 'guest'))
    assert.deepEqual((await wampy.call('door.unlock')).argsList, [{ done: true }])
    await assert.rejects(wampy.call('safe.open'))
  })

  it('R07: an owner at level 1: all OK', async () => {
    for (const uri of ['door.unlock', 'toilet.flush', 'tv.play', 'safe.open'])
      assert.equal(await house.outcome(owner, uri), 'RESULT', uri)
  })

  it('R07: no grant is no level at all', async () => {
    const stranger = await house.join(await house.token(0, 'stranger'))
    for (const uri of ['door.unlock', 'tv.play', 'safe.open', 'nothing.there'])
      assert.equal(await house.outcome(stranger, uri), denied, uri)
  })

  it('R07: explicit deny > explicit allow > level', async () => {
    const allow = { to: 'guest', ecosystem: 'home', effect: 'allow', uri: 'safe.open' }
    const { id: allowed } = await house.manage('grant.create', allow)
    assert.equal(await house.outcome(guest, 'safe.open'), 'RESULT')
    const { id: forbidden } = await house.manage('grant.create', { ...allow, effect: 'deny' })
    assert.equal(await house.outcome(guest, 'safe.open'), denied)
    assert.equal(await house.outcome(guest, 'door.unlock'), 'RESULT')
    await house.manage('grant.revoke', { id: forbidden })
    assert.equal(await house.outcome(guest, 'safe.open'), 'RESULT')
    await house.manage('grant.revoke', { id: allowed })
    assert.equal(await house.outcome(guest, 'safe.open'), denied)
    const { id: nothing } = await house.manage('grant.create', {
      to: 'owner',
      ecosystem: 'home',
      effect: 'deny',
      uri: 'tv.',
    })
    assert.equal(await house.outcome(owner, 'tv.play'), denied)
    assert.equal(await house.outcome(owner, 'latchkey.grant.revoke', [], { id: nothing }), denied)
    assert.equal(await house.outcome(owner, 'safe.open'), 'RESULT')
    await house.manage('grant.revoke', { id: nothing })
    assert.equal(await house.outcome(owner, 'tv.play'), 'RESULT')
  })

  it('R07: a level means more or less by the ecosystem’s own policy', async () => {
    const policy = { ecosystem: 'home', match: 'exact' }
    const set = async (more: object): Promise<unknown> =>
      (await house.manage('policy.set', { ...policy, ...more }))['id']
    const opened = await set({ level: 3, uri: 'safe.open', effect: 'allow' })
    assert.equal(await house.outcome(guest, 'safe.open'), 'RESULT')
    const closed = await set({ level: 2, uri: 'tv.play', effect: 'deny' })
    assert.equal(await house.outcome(guest, 'tv.play'), denied)
    assert.equal(await house.outcome(owner, 'tv.play'), 'RESULT')
    for (const id of [opened, closed]) await house.manage('policy.remove', { id })
    assert.equal(await house.outcome(guest, 'safe.open'), denied)
    assert.equal(await house.outcome(guest, 'tv.play'), 'RESULT')
  })

  it('R07: a lower level number never loses a right, whatever the house', async () => {
    let rights = 0
    let more = 0
    await fc.assert(
      fc.asyncProperty(scene, async (each) => {
        const decided = await Promise.all(
          [each.level, each.better].map((level) => allowedIn(each, level)),
        )
        const [worse = [], better = []] = decided
        worse.forEach((isAllowed, index) => {
          if (better[index] === true) more += isAllowed ? 0 : 1
          rights += isAllowed ? 1 : 0
          if (isAllowed) assert.ok(better[index], `level ${each.better} lost ${index}`)
        })
      }),
      { numRuns: 300 },
    )
    // Not for want of rights.
    assert.ok(rights > 100 && more > 50, `${rights} kept, ${more} more`)
  })
})

type Terms = Partial<
  Pick<GrantRow, 'uri' | 'effect' | 'schedule' | 'notBefore' | 'expiresAt' | 'device'>
>

interface Scene {
  readonly level: number
  readonly better: number
  readonly terms: Terms
  /** Where the level is held: by the person, by a group of his, and in the house or in the life that spans it. */
  readonly by: 'person' | 'group'
  readonly place: 'home' | 'life'
  readonly others: readonly { readonly level: number; readonly terms: Terms }[]
  readonly map: Readonly<Record<string, number>>
  readonly policies: readonly {
    readonly level: number
    readonly uri: string
    readonly effect: 'allow' | 'deny'
  }[]
  readonly required: number
  readonly at: number
}

const uris = ['lamp.switch', 'lamp.state', 'safe.open', 'door.unlock'] as const
const level = fc.integer({ min: 1, max: 6 })
const start = 1_700_000_000_000
const hours = 3_600_000
const limits: fc.Arbitrary<Terms> = fc.record(
  {
    uri: fc.constantFrom(...uris, 'lamp.', 'safe.'),
    schedule: fc.constantFrom('daily 08:00-20:00 UTC', 'fri 22:00-02:00 Europe/Berlin'),
    notBefore: fc.constantFrom(start + hours, start + 30 * hours),
    expiresAt: fc.constantFrom(start + 40 * hours, start + 90 * hours),
    device: fc.constantFrom('lamp', 'safe'),
  },
  { requiredKeys: [] },
)
const terms = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Terms>({}) },
  { weight: 2, arbitrary: limits },
)
const effect = fc.constantFrom('level', 'allow', 'deny' as const)
const scene: fc.Arbitrary<Scene> = fc
  .record({
    one: level,
    other: level,
    terms,
    by: fc.constantFrom('person', 'group' as const),
    place: fc.constantFrom('home', 'life' as const),
    others: fc.array(
      fc.tuple(level, terms, effect).map(([each, some, kind]) => ({
        level: each,
        terms: { ...some, effect: kind, uri: some.uri ?? 'lamp.' } as Terms,
      })),
      { maxLength: 3 },
    ),
    steps: fc.tuple(level, level, level),
    policies: fc.array(
      fc.record({
        level,
        uri: fc.constantFrom(...uris),
        effect: fc.constantFrom('allow', 'deny' as const),
      }),
      { maxLength: 3 },
    ),
    required: level,
    at: fc.constantFrom(0, 2, 9, 20, 31, 50, 100),
  })
  .map(({ one, other, steps, at, ...rest }) => {
    const [a, b, c] = steps.toSorted((x, y) => x - y)
    const map = { '1': a ?? 1, '3': b ?? 1, '5': c ?? 1 }
    return {
      ...rest,
      map,
      level: Math.max(one, other),
      better: Math.min(one, other),
      at: start + at * hours,
    }
  })

/** What somebody may do in a house like that, at that level. */
async function allowedIn(each: Scene, own: number): Promise<boolean[]> {
  const house = await House.open()
  const { directory, spans, groups, grants, policies, devices } = house.ecosystems
  const by = 'operator:operator'
  await directory.create({ id: 'life', realm: 'home' })
  await spans.span({ parent: 'life', child: 'home', levels: each.map })
  await house.person('ann')
  for (const [prefix, kind] of [
    ['lamp', 'light'],
    ['safe', 'safe'],
    ['door', 'lock'],
  ] as const)
    await house.device(prefix, { class: kind })
  const lamp = { device: 'lamp', ecosystem: 'home', uri: 'lamp.switch', action: 'call' } as const
  await devices.setLevel({ ...lamp, level: each.required })
  await groups.create({ id: 'friends', ecosystem: 'home', by })
  await groups.add('friends', { kind: 'person', id: 'ann' }, by)
  const subject =
    each.by === 'person'
      ? ({ kind: 'person', id: 'ann' } as const)
      : ({ kind: 'group', id: 'friends' } as const)
  // A device is in the house, and not in the life that spans it.
  const fitting = each.place === 'home' ? each.terms : { ...each.terms, device: null }
  await grants.create({ ...fitting, subject, ecosystem: each.place, level: own, by })
  for (const other of each.others)
    await grants.create({
      ...other.terms,
      subject: { kind: 'person', id: 'ann' },
      ecosystem: 'home',
      level: other.level,
      by,
    })
  for (const policy of each.policies)
    await policies.set({ ...policy, ecosystem: 'home', match: 'exact' }, by)
  house.clock.advance(each.at - start)
  const ask = (action: CapabilityAction, uri: string): boolean =>
    decide(house, request(principal('person', 'ann'), action, uri)).decision.allow
  return [...uris.map((uri) => ask('call', uri)), ask('subscribe', 'safe.on_change')]
}

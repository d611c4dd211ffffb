import assert from 'node:assert/strict'
import type { Wampy } from 'wampy'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import { until } from '../support/until.ts'

/** What a call of an unmodified client came to. */
interface Outcome {
  readonly result?: Answer | string
  readonly uri?: string
  readonly kwargs?: Answer
}

async function call(wampy: Wampy, uri: string, kwargs?: Answer): Promise<Outcome> {
  try {
    const payload = kwargs === undefined ? undefined : { argsDict: kwargs }
    const { argsList } = await wampy.call(uri, payload)
    return { result: (argsList?.[0] ?? {}) as Answer }
  } catch (error) {
    const { errorUri, argsDict } = error as { errorUri?: string; argsDict?: Answer }
    return {
      ...(errorUri !== undefined && { uri: errorUri }),
      ...(argsDict !== undefined && { kwargs: argsDict }),
    }
  }
}

/** What a session hears on a topic. */
async function heard(wampy: Wampy, topic: string): Promise<Answer[]> {
  const news: Answer[] = []
  await wampy.subscribe(topic, (event) => {
    news.push(event.argsDict ?? {})
  })
  return news
}

const denied = { uri: 'wamp.error.not_authorized' }
const required = 'wamp.error.authorization_required'
const dayMs = 86_400_000
const waitMs = 270 * dayMs

describe('R19 an emergency', () => {
  let clock: ManualClock
  let house: Outside
  let owner: Wampy

  const joined = async (subject: string, realm?: string): Promise<Wampy> =>
    house.wampy(await house.token(0, subject), realm === undefined ? {} : { realm })
  const plan = async (more: Answer = {}): Promise<Answer> => {
    const { result, uri } = await call(owner, 'latchkey.emergency.create', {
      delegates: ['sister', 'neighbour'],
      ecosystem: 'home',
      uri: 'door.',
      level: 2,
      wait: '270d',
      ttl: '2d',
      ...more,
    })
    assert.equal(uri, undefined)
    return result as Answer
  }
  const request = (delegate: Wampy, kwargs: Answer = {}): Promise<Outcome> =>
    call(delegate, 'latchkey.unlock.request', kwargs)
  const unlock = (delegate: Wampy): Promise<Outcome> => call(delegate, 'door.unlock')

  beforeEach(async () => {
    clock = new ManualClock(Date.parse('2030-01-01T12:00:00Z'))
    house = await startOutside({ clock, store: 'folder', realms: ['home', 'office'] })
    for (const id of ['owner', 'sister', 'neighbour', 'stranger', 'friend']) await house.person(id)
    await house.grant('owner', 1)
    await house.device('lock', { prefix: 'door', handlers: { unlock: () => 'open' } })
    await house.device('safe', { prefix: 'safe', handlers: { open: () => 'open' } })
    owner = await joined('owner')
  })

  afterEach(() => house.stop())

  it('R19: request → AR(request_submitted); wait elapsed → OK until ttl', async () => {
    const { id } = await plan()
    const sister = await joined('sister')
    assert.deepEqual(await unlock(sister), denied)
    const asked = await request(sister)
    assert.equal(asked.uri, required)
    const { error, state, due_at: due, plan: by } = asked.kwargs ?? {}
    assert.deepEqual([error, state, by], ['request_submitted', 'waiting', id])
    assert.equal(due, clock.now() + waitMs)
    // Asking again does not begin the wait anew, nor end it.
    clock.advance(waitMs - 1)
    const late = await joined('sister')
    assert.equal((await request(late)).kwargs?.['due_at'], due)
    assert.deepEqual(await unlock(late), denied)

    clock.advance(1)
    const live = await joined('sister')
    await eventually(async () => assert.deepEqual(await unlock(live), { result: 'open' }), 2_000)
    assert.deepEqual(await call(live, 'safe.open'), denied, 'no more than was provided for')
    const granted = await request(live)
    assert.deepEqual(
      [(granted.result as Answer)['state'], (granted.result as Answer)['ends_at']],
      ['granted', clock.now() + 2 * dayMs],
    )
    clock.advance(2 * dayMs - 1)
    const still = await joined('sister')
    assert.deepEqual(await unlock(still), { result: 'open' })
    clock.advance(1)
    assert.deepEqual(await unlock(still), denied)
    // What comes next is a new request, with its own wait.
    assert.equal((await request(still)).kwargs?.['due_at'], clock.now() + waitMs)
  })

  it('R19: veto → denied, and a veto after the grant takes it back at once', async () => {
    await plan({ wait: '1h' })
    const sister = await joined('sister')
    const decided = await heard(sister, 'latchkey.unlock.on_decided')
    const first = (await request(sister)).kwargs?.['id']
    // Only the owner has the last word.
    assert.deepEqual(await call(sister, 'latchkey.unlock.approve', { id: first }), denied)
    assert.deepEqual(await call(sister, 'latchkey.unlock.deny', { id: first }), denied)
    const veto = await call(owner, 'latchkey.unlock.deny', { id: first })
    assert.equal((veto.result as Answer)['state'], 'vetoed')
    await until(() => decided.length === 1)
    assert.equal(decided[0]?.['state'], 'vetoed')
    const again = await request(sister)
    assert.deepEqual([again.uri, again.kwargs?.['error']], [required, 'request_denied'])
    clock.advance(3_600_000)
    assert.deepEqual(await unlock(await joined('sister')), denied)

    // Nobody is shut out for ever by one no: the owner may fall ill after it.
    clock.advance(dayMs)
    const later = await joined('sister')
    const second = (await request(later)).kwargs?.['id']
    assert.notEqual(second, first)
    clock.advance(3_600_000)
    const live = await joined('sister')
    await eventually(async () => assert.deepEqual(await unlock(live), { result: 'open' }), 2_000)
    owner = await joined('owner')
    await call(owner, 'latchkey.unlock.deny', { id: second })
    assert.deepEqual(await unlock(live), denied)
  })

  it('R19: the owner who is there after all can grant it at once', async () => {
    await plan()
    const sister = await joined('sister')
    const id = (await request(sister)).kwargs?.['id']
    await call(owner, 'latchkey.unlock.approve', { id })
    assert.deepEqual(await unlock(sister), { result: 'open' })
    assert.deepEqual(await unlock(await joined('neighbour')), denied)
  })

  it('R19: the owner is notified everywhere, and at each of his later joins again', async () => {
    await plan({ notify: 'friend' })
    const here = await heard(owner, 'latchkey.unlock.on_request')
    const elsewhere = await heard(await joined('owner', 'office'), 'latchkey.unlock.on_request')
    const friend = await heard(await joined('friend'), 'latchkey.unlock.on_request')
    const stranger = await heard(await joined('stranger'), 'latchkey.unlock.on_request')
    const id = (await request(await joined('sister'))).kwargs?.['id']
    for (const news of [here, elsewhere, friend]) {
      await until(() => news.length === 1)
      assert.deepEqual(
        [news[0]?.['id'], news[0]?.['requesters'], news[0]?.['due_at']],
        [id, ['sister'], clock.now() + waitMs],
      )
    }
    await house.restart()
    for (const realm of ['home', 'office']) {
      const later = await heard(await joined('owner', realm), 'latchkey.unlock.on_request')
      await until(() => later.length === 1)
      assert.equal(later[0]?.['id'], id)
    }
    owner = await joined('owner')
    await call(owner, 'latchkey.unlock.deny', { id })
    const quiet = await joined('owner')
    const after = await heard(quiet, 'latchkey.unlock.on_request')
    await call(quiet, 'latchkey.unlock.list')
    assert.deepEqual([after, stranger], [[], []])
  })

  it('R19: non-delegate → NA', async () => {
    const { id } = await plan()
    for (const name of ['stranger', 'friend', 'owner']) {
      const other = await joined(name)
      assert.deepEqual(await request(other), denied, name)
      assert.deepEqual(await request(other, { plan: id }), denied, name)
      assert.deepEqual(await request(other, { plan: 'ep_none' }), denied, name)
    }
    // Nobody provides for what is not his, and nobody for himself.
    const sister = await joined('sister')
    const mine = { delegates: 'stranger', ecosystem: 'home', level: 2, wait: '1m', ttl: '1h' }
    assert.deepEqual(await call(sister, 'latchkey.emergency.create', mine), denied)
    const own = await call(owner, 'latchkey.emergency.create', { ...mine, delegates: 'owner' })
    assert.equal(own.uri, 'wamp.error.invalid_argument')
  })

  it('R19: quorum 2 needs two', async () => {
    await plan({ quorum: 2, wait: '1h' })
    const sister = await joined('sister')
    const alone = await request(sister)
    assert.deepEqual(
      [alone.kwargs?.['state'], alone.kwargs?.['due_at'], alone.kwargs?.['error']],
      ['gathering', null, 'request_submitted'],
    )
    // The same one again is no second.
    assert.equal((await request(sister)).kwargs?.['state'], 'gathering')
    clock.advance(2 * dayMs)
    assert.deepEqual(await unlock(await joined('sister')), denied)
    const both = await request(await joined('neighbour'))
    assert.deepEqual(
      [both.kwargs?.['state'], both.kwargs?.['due_at'], both.kwargs?.['requesters']],
      ['waiting', clock.now() + 3_600_000, ['sister', 'neighbour']],
    )
    clock.advance(3_600_000)
    for (const name of ['sister', 'neighbour']) {
      const delegate = await joined(name)
      await eventually(
        async () => assert.deepEqual(await unlock(delegate), { result: 'open' }),
        2_000,
      )
    }
  })

  it('R19: the wait goes on over restarts, also while the house is off', async () => {
    await plan()
    await request(await joined('sister'))
    await house.restart()
    clock.advance(waitMs - 1)
    await house.restart()
    const sister = await joined('sister')
    await eventually(async () => assert.equal((await unlock(sister)).uri, denied.uri))
    clock.advance(1)
    const live = await joined('sister')
    await eventually(async () => assert.deepEqual(await unlock(live), { result: 'open' }))
  })

  it('R19: a plan that is taken back ends what was asked for and granted by it', async () => {
    const { id } = await plan({ wait: '1h' })
    await request(await joined('sister'))
    clock.advance(3_600_000)
    const sister = await joined('sister')
    await eventually(async () => assert.deepEqual(await unlock(sister), { result: 'open' }), 2_000)
    owner = await joined('owner')
    await call(owner, 'latchkey.emergency.revoke', { id })
    assert.deepEqual(await unlock(sister), denied)
    assert.deepEqual(await request(sister), denied)
  })

  it('R19: what the owner no longer has himself comes to nobody', async () => {
    await plan({ wait: '1h' })
    await request(await joined('sister'))
    const { grants } = await house.manage('grant.list', { to: 'owner' })
    await house.manage('grant.revoke', { id: (grants as Answer[])[0]?.['id'] })
    clock.advance(3_600_000)
    const state = async (): Promise<unknown> => {
      const { requests } = await house.manage('unlock.list', { ended: true })
      return (requests as Answer[])[0]?.['state']
    }
    await eventually(async () => assert.equal(await state(), 'withdrawn'), 2_000)
    assert.deepEqual(await unlock(await joined('sister')), denied)
  })

  it('R19: all of it is on record', async () => {
    await plan({ wait: '1h' })
    await request(await joined('sister'))
    clock.advance(3_600_000)
    const sister = await joined('sister')
    await eventually(async () => assert.deepEqual(await unlock(sister), { result: 'open' }), 2_000)
    const granted = await request(sister)
    owner = await joined('owner')
    await call(owner, 'latchkey.unlock.deny', { id: (granted.result as Answer)['id'] })
    const { records } = await house.manage('audit.list', { limit: 200 })
    const told = (records as Answer[])
      .filter(({ action }) => /^(emergency|unlock)\./.test(String(action)))
      .map(({ action, actor }) => `${String(action)} ${String(actor)}`)
    assert.deepEqual(told.toReversed(), [
      'emergency.create person:owner',
      'unlock.request person:sister',
      'unlock.due service:latchkey',
      'unlock.deny person:owner',
    ])
  })
})

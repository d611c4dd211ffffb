import assert from 'node:assert/strict'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Answer, type Outside } from '../support/outside.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const na = 'wamp.error.not_authorized'
const day = 86_400_000

describe('R32 a hacked account is cut off and repaired', () => {
  let clock: ManualClock
  let outside: Outside
  /** What the owner gave before, and what somebody else gave in the owner's name. */
  let [before, after]: string[] = []

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    outside = await startOutside({ clock, providers: 2, store: 'folder' })
    await outside.device('tv', { prefix: 'tv', handlers: { play: () => true } })
    for (const id of ['owner', 'aunt', 'friend', 'thief', 'mate', 'stranger'])
      await outside.person(id)
    for (const id of ['owner', 'aunt']) await outside.grant(id, 1)
    before = await give(await join('owner'), 'friend')
    clock.advance(10 * day)
    after = await give(await join('owner'), 'thief')
  })
  afterEach(() => outside.stop())

  const signedIn = (subject: string, ago = 0, more = {}): Promise<string> =>
    outside.token(0, subject, { auth_time: Math.floor(clock.now() / 1_000) - ago, ...more })
  const join = async (subject: string, ago = 0): Promise<WampClient> =>
    outside.join(await signedIn(subject, ago))
  const answerOf = (answer: Wire): Answer => {
    assert.equal(answer[0], 50, JSON.stringify(answer))
    return (answer[3] as [Answer])[0]
  }
  async function give(client: WampClient, to: string): Promise<string> {
    const kwargs = { to, ecosystem: 'home', level: 3 }
    return String(answerOf(await outside.call(client, 'latchkey.grant.create', [], kwargs))['id'])
  }
  const play = async (subject: string): Promise<string> =>
    outside.outcome(await join(subject), 'tv.play')
  const panic = (client: WampClient, kwargs: object = {}): Promise<Wire> =>
    outside.call(client, 'latchkey.person.panic', [], { since: '5d', ...kwargs })
  const ids = (rows: unknown): unknown[] => (rows as Answer[]).map(({ id }) => id)

  it('R32: one command suspends what was given since then, and lists it', async () => {
    const [thief, friend] = [await join('thief'), await join('friend')]
    assert.equal(await outside.outcome(thief, 'tv.play'), 'RESULT')
    const owner = await join('owner')
    const cut = answerOf(await panic(owner))
    assert.deepEqual(ids(cut['grants']), [after])
    // On the live session of whoever has it, and not for what was given before.
    assert.equal(await outside.outcome(thief, 'tv.play'), na)
    assert.equal(await outside.outcome(friend, 'tv.play'), 'RESULT')
    const { grants } = await outside.manage('panic.review', { person: 'owner' })
    assert.deepEqual(ids(grants), [after])
    assert.ok(!ids(grants).includes(before))
    await outside.restart()
    assert.deepEqual(ids((await outside.manage('panic.review', { person: 'owner' }))['grants']), [
      after,
    ])
  })

  it('R32: all sessions end, and no token from before lets anybody in again', async () => {
    const stolen = await signedIn('owner')
    const [thiefs, owner] = [await outside.join(stolen), await join('owner')]
    const answered = panic(owner)
    assert.deepEqual((await thiefs.next()).slice(0, 3), [6, {}, 'wamp.close.killed'])
    answerOf(await answered)
    assert.deepEqual((await owner.next()).slice(0, 3), [6, {}, 'wamp.close.killed'])
    const refused = (error: unknown): boolean =>
      error instanceof JoinAborted && error.reason === 'wamp.error.authentication_denied'
    await assert.rejects(outside.join(stolen), refused)
    await outside.restart()
    await assert.rejects(outside.join(stolen), refused)
    clock.advance(1_000)
    await join('owner')
  })

  it('R32: invites, and identities that were linked since then, lead nowhere', async () => {
    const owner = await join('owner')
    const made = await outside.call(owner, 'latchkey.invite.create', [], {
      ecosystem: 'home',
      to: 'mate',
      level: 3,
    })
    const { code, id } = answerOf(made)
    const begun = answerOf(await outside.call(owner, 'latchkey.identity.link.start'))
    const nonce = begun['nonce']
    const auth_time = Math.floor(clock.now() / 1_000)
    const token = await outside.token(1, 'backdoor', { auth_time, nonce })
    answerOf(
      await outside.call(owner, 'latchkey.identity.link.complete', [], {
        ticket: begun['ticket'],
        token,
      }),
    )
    const cut = answerOf(await panic(owner))
    assert.deepEqual(ids(cut['invites']), [id])
    assert.deepEqual(
      (cut['identities'] as Answer[]).map(({ subject }) => subject),
      ['backdoor'],
    )
    clock.advance(1_000)
    const mate = await join('mate')
    assert.equal(await outside.outcome(mate, 'latchkey.invite.redeem', [], { code }), na)
    await assert.rejects(
      outside.join(await outside.token(1, 'backdoor')),
      (error) => error instanceof JoinAborted,
    )
  })

  it('R32: it takes a fresh proof of the person, and is nobody else’s business', async () => {
    const old = await join('owner', 301)
    const refused = await panic(old)
    assert.deepEqual(
      [refused[4], (refused[6] as Answer)['error'], (refused[6] as Answer)['max_age']],
      ['wamp.error.authorization_required', 'insufficient_user_authentication', 300],
    )
    const stranger = await join('stranger')
    assert.equal((await panic(stranger, { person: 'owner' }))[4], na)
    assert.equal((await panic(stranger, { person: 'nobody' }))[4], na)
    assert.equal(await play('thief'), 'RESULT')
  })

  it('R32: whoever else owns the house undoes what was given in it; lifting is giving', async () => {
    const aunt = await join('aunt')
    assert.deepEqual(ids(answerOf(await panic(aunt, { person: 'owner' }))['grants']), [after])
    assert.equal(await play('thief'), na)
    // The account is not hers to close.
    assert.equal(await play('owner'), 'RESULT')
    const lift = (client: WampClient): Promise<string> =>
      outside.outcome(client, 'latchkey.panic.lift', [], { id: after })
    assert.equal(await lift(await join('thief')), na)
    assert.equal(await lift(aunt), 'RESULT')
    assert.equal(await play('thief'), 'RESULT')
  })
})

import assert from 'node:assert/strict'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Answer, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

describe('R04 an account that its own person closes', () => {
  let clock: ManualClock
  let outside: Outside

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    outside = await startOutside({ clock, store: 'folder', realms: ['home', 'work'] })
    await outside.device('tv', { prefix: 'tv', handlers: { play: () => true } })
    for (const id of ['guest', 'friend']) await outside.person(id)
    await outside.grant('guest', 3)
  })
  afterEach(() => outside.stop())

  const join = async (subject: string, ago: number, realm = 'home'): Promise<WampClient> => {
    const auth_time = Math.floor(clock.now() / 1_000) - ago
    return outside.join(await outside.token(0, subject, { auth_time }), { realm })
  }
  const uri = 'latchkey.person.disable'
  const kwargs = { person: 'guest' }

  it('R04: closed by a fresh proof, it is answered, and then over in every realm', async () => {
    const [guest, work] = [await join('guest', 0), await join('guest', 0, 'work')]
    assert.equal(await outside.outcome(guest, 'tv.play'), 'RESULT')
    const answer = await outside.call(guest, uri, [], kwargs)
    assert.equal(answer[0], 50, JSON.stringify(answer))
    assert.equal((answer[3] as [Answer])[0]['status'], 'disabled')
    for (const session of [guest, work])
      assert.deepEqual((await session.next()).slice(0, 3), [6, {}, 'wamp.close.killed'])
    const refused = (error: unknown): boolean =>
      error instanceof JoinAborted && error.reason === 'wamp.error.authentication_denied'
    await assert.rejects(join('guest', 0), refused)
    await outside.restart()
    await assert.rejects(join('guest', 0), refused)
  })

  it('R04: a session that was left open closes nothing, and nobody closes another’s account', async () => {
    const old = await join('guest', 301)
    const answer = await outside.call(old, uri, [], kwargs)
    assert.deepEqual(
      [answer[4], (answer[6] as Answer)['error'], (answer[6] as Answer)['max_age']],
      ['wamp.error.authorization_required', 'insufficient_user_authentication', 300],
    )
    const na = 'wamp.error.not_authorized'
    const friend = await join('friend', 0)
    assert.equal(await outside.outcome(friend, uri, [], kwargs), na)
    assert.equal(await outside.outcome(friend, uri, [], { person: 'nobody' }), na)
    assert.equal(await outside.outcome(old, 'tv.play'), 'RESULT')
  })
})

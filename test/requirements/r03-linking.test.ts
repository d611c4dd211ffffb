import assert from 'node:assert/strict'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Answer, type Outside } from '../support/outside.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const conflict = 'latchkey.error.conflict'
const denied = 'wamp.error.authentication_denied'

describe('R03 linked accounts are one person', () => {
  let clock: ManualClock
  let outside: Outside

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    outside = await startOutside({ clock, providers: 2, store: 'folder' })
    await outside.device('tv', { prefix: 'tv', handlers: { play: () => true } })
  })
  afterEach(() => outside.stop())

  const seconds = (): number => Math.floor(clock.now() / 1_000)
  const signedIn = (index: number, subject: string, ago = 0, claims = {}): Promise<string> =>
    outside.token(index, subject, { auth_time: seconds() - ago, ...claims })
  const join = async (index: number, subject: string, ago = 0): Promise<WampClient> =>
    outside.join(await signedIn(index, subject, ago))
  const authid = async (index: number, subject: string): Promise<string> => {
    const client = await join(index, subject)
    const { sessions } = await outside.manage('session.list')
    const found = (sessions as Answer[]).find(({ session }) => session === client.session)
    client.drop()
    return String(found?.['authid'])
  }
  const start = async (client: WampClient): Promise<{ ticket: string; nonce: string }> => {
    const answer = await outside.call(client, 'latchkey.identity.link.start')
    assert.equal(answer[0], 50, JSON.stringify(answer))
    return (answer[3] as [{ ticket: string; nonce: string }])[0]
  }
  const complete = (client: WampClient, ticket: string, token: string): Promise<Wire> =>
    outside.call(client, 'latchkey.identity.link.complete', [], { ticket, token })
  /** `RESULT`, or the error's URI and its `error`. */
  const outcome = (answer: Wire): unknown =>
    answer[0] === 50 ? 'RESULT' : [answer[4], (answer[6] as Answer | undefined)?.['error']]
  const stale = ['wamp.error.authorization_required', 'insufficient_user_authentication']

  it('R03: linked by proof of both, one comes as the same person by either', async () => {
    const alice = await join(0, 'alice')
    const { ticket, nonce } = await start(alice)
    assert.equal(
      outcome(await complete(alice, ticket, await signedIn(1, 'ali', 0, { nonce }))),
      'RESULT',
    )
    const person = await authid(0, 'alice')
    assert.equal(await authid(1, 'ali'), person)
    await outside.restart()
    assert.equal(await authid(1, 'ali'), person)
    // What the one was given, the other has.
    await outside.grant(person, 3)
    const ali = await join(1, 'ali')
    // The device comes back by itself after the restart.
    await eventually(async () => assert.equal(await outside.outcome(ali, 'tv.play'), 'RESULT'))
    const list = await outside.call(await join(1, 'ali'), 'latchkey.identity.list')
    const [{ identities }] = list[3] as [{ identities: Answer[] }]
    assert.deepEqual(
      identities.map(({ subject }) => subject),
      ['alice', 'ali'],
    )
  })

  it('R03: the same verified e-mail without a link stays two people', async () => {
    const claims = { email: 'alice@house.example', email_verified: true }
    for (const index of [0, 1])
      (await outside.join(await signedIn(index, 'alice', 0, claims))).drop()
    assert.notEqual(await authid(0, 'alice'), await authid(1, 'alice'))
  })

  it('R03: a proof of 301 s ago, of the one account or of the other, is too old', async () => {
    const old = await join(0, 'alice', 301)
    assert.deepEqual(outcome(await outside.call(old, 'latchkey.identity.link.start')), stale)
    const alice = await join(0, 'alice')
    const begun = await start(alice)
    const token = await signedIn(1, 'ali', 301, { nonce: begun.nonce })
    assert.deepEqual(outcome(await complete(alice, begun.ticket, token)), stale)
    // The ticket is used up by it; and the session's own proof ages, too.
    const again = await start(alice)
    clock.advance(301_000)
    const late = await complete(
      alice,
      again.ticket,
      await signedIn(1, 'ali', 0, { nonce: again.nonce }),
    )
    assert.deepEqual(outcome(late), stale)
    assert.notEqual(await authid(0, 'alice'), await authid(1, 'ali'))
    // A token that says nothing of when it was signed in proves nothing of it.
    const silent = await outside.join(await outside.token(0, 'alice'))
    assert.deepEqual(outcome(await outside.call(silent, 'latchkey.identity.link.start')), stale)
  })

  it('R03: a token that was made for something else, a ticket of another session or a used one link nothing', async () => {
    const [alice, mallory] = [await join(0, 'alice'), await join(0, 'mallory')]
    const stolen = await signedIn(1, 'ali')
    for (const token of [stolen, await signedIn(1, 'ali', 0, { nonce: 'another' })]) {
      const { ticket } = await start(mallory)
      assert.equal((outcome(await complete(mallory, ticket, token)) as unknown[])[0], denied)
    }
    const { ticket, nonce } = await start(alice)
    const token = await signedIn(1, 'ali', 0, { nonce })
    assert.equal((outcome(await complete(mallory, ticket, token)) as unknown[])[0], denied)
    assert.equal(outcome(await complete(alice, ticket, token)), 'RESULT')
    assert.equal((outcome(await complete(alice, ticket, token)) as unknown[])[0], denied)
  })

  it('R03: an account that has something here is not handed over; one that has nothing ends', async () => {
    const former = await authid(1, 'ali')
    const grant = await outside.grant(former, 3)
    const live = await join(1, 'ali')
    const alice = await join(0, 'alice')
    const link = async (): Promise<unknown> => {
      const { ticket, nonce } = await start(alice)
      return outcome(await complete(alice, ticket, await signedIn(1, 'ali', 0, { nonce })))
    }
    assert.deepEqual(await link(), [conflict, undefined])
    assert.equal(await authid(1, 'ali'), former)
    await outside.manage('grant.revoke', { id: grant })
    assert.equal(await link(), 'RESULT')
    assert.deepEqual((await live.next()).slice(0, 3), [6, {}, 'wamp.close.killed'])
    assert.notEqual(await authid(1, 'ali'), former)
    const { people } = await outside.manage('person.list')
    assert.equal((people as Answer[]).find(({ id }) => id === former)?.['status'], 'disabled')
  })

  it('R03: unlinked, its sessions end and it is somebody new; the last one stays', async () => {
    const alice = await join(0, 'alice')
    const { ticket, nonce } = await start(alice)
    await complete(alice, ticket, await signedIn(1, 'ali', 0, { nonce }))
    const person = await authid(0, 'alice')
    const other = await join(1, 'ali')
    const unlink = (index: number, subject: string): Promise<string> =>
      outside.outcome(alice, 'latchkey.identity.unlink', [], {
        issuer: outside.providers[index]?.issuer,
        subject,
      })
    assert.equal(await unlink(1, 'ali'), 'RESULT')
    assert.deepEqual((await other.next()).slice(0, 3), [6, {}, 'wamp.close.killed'])
    assert.notEqual(await authid(1, 'ali'), person)
    assert.equal(await unlink(0, 'alice'), 'latchkey.error.invalid_state')
    assert.equal(await authid(0, 'alice'), person)
  })

  it('R03: what is disabled is linked to nobody', async () => {
    const alice = await join(0, 'alice')
    await authid(1, 'ali')
    const issuer = outside.providers[1]?.issuer
    await outside.manage('identity.disable', { issuer, subject: 'ali' })
    const { ticket, nonce } = await start(alice)
    const answer = await complete(alice, ticket, await signedIn(1, 'ali', 0, { nonce }))
    assert.deepEqual(outcome(answer), ['latchkey.error.invalid_state', undefined])
    await assert.rejects(join(1, 'ali'), (error) => error instanceof JoinAborted)
  })

  it('R03: an account that is trusted less ties none to the person that is trusted more', async () => {
    await outside.manage('ecosystem.trust_idp', {
      ecosystem: 'home',
      issuer: outside.providers[1]?.issuer,
      max_level: 3,
    })
    const weak = await join(1, 'weak')
    const begun = await start(weak)
    const strong = await signedIn(0, 'strong', 0, { nonce: begun.nonce })
    const refused = outcome(await complete(weak, begun.ticket, strong))
    assert.deepEqual(refused, ['wamp.error.not_authorized', undefined])
    const other = await join(0, 'strong')
    const { ticket, nonce } = await start(other)
    const token = await signedIn(1, 'weak', 0, { nonce })
    assert.equal(outcome(await complete(other, ticket, token)), 'RESULT')
  })
})

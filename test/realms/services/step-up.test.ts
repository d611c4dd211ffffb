import assert from 'node:assert/strict'
import { argumentsDigest, Authenticator, newAuthenticatorKey } from '../../../clients/index.ts'
import { freshKey } from '../../ecosystems/house.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { startOutside, type Answer, type Outside } from '../../support/outside.ts'
import type { WampClient } from '../../support/wamp-client.ts'

const invalid = 'wamp.error.invalid_argument'
const denied = 'wamp.error.not_authorized'
const begin = 'latchkey.stepup.begin'
const complete = 'latchkey.stepup.complete'
const enrolBegin = 'latchkey.authenticator.enrol.begin'
const enrolComplete = 'latchkey.authenticator.enrol.complete'

describe('stepping up, by procedures', () => {
  let clock: ManualClock
  let outside: Outside
  let guest: WampClient
  let watch: Authenticator

  const session = async (subject: string): Promise<WampClient> => {
    const auth_time = Math.floor(clock.now() / 1_000)
    return outside.join(await outside.token(0, subject, { auth_time }))
  }
  const ask = async (uri: string, kwargs: object, client = guest): Promise<Answer> => {
    const answer = await outside.call(client, uri, [], kwargs)
    assert.equal(answer[0], 50, JSON.stringify(answer))
    return (answer[3] as Answer[])[0] ?? {}
  }
  const outcome = (uri: string, kwargs: object, client = guest): Promise<string> =>
    outside.outcome(client, uri, [], kwargs)
  /** What the owner finds in the record on the last refusal. */
  const recorded = async (): Promise<unknown> => {
    const { records } = (await outside.manage('audit.list', { outcome: 'failure' })) as unknown as {
      records: { reason: string }[]
    }
    return records.at(-1)?.reason
  }

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    outside = await startOutside({ clock })
    for (const id of ['guest', 'friend']) await outside.person(id)
    guest = await session('guest')
    watch = new Authenticator({ key: await newAuthenticatorKey(), clock })
    const app = await outside.app(
      await outside.token(0, 'guest', { auth_time: Math.floor(clock.now() / 1_000) }),
    )
    await watch.enrol(app, { kind: 'watch', name: 'watch' })
    await app.close()
  })

  afterEach(() => outside.stop())

  it('takes the digest of the arguments, or them', async () => {
    const args = [1, 'two', { three: [null] }]
    const kwargs = { four: true }
    const digest = await argumentsDigest({ args, kwargs })
    const uri = 'door.unlock'
    assert.equal((await ask(begin, { uri, args, kwargs }))['args_sha256'], digest)
    assert.equal((await ask(begin, { uri, args_sha256: digest }))['args_sha256'], digest)
    await ask(begin, { uri, args, kwargs, args_sha256: digest })
    assert.equal(await outcome(begin, { uri, args: [2], args_sha256: digest }), invalid)
    assert.equal(await outcome(begin, { uri, args: ['\ud800'] }), invalid)
    assert.equal((await ask(begin, { uri }))['args_sha256'], await argumentsDigest({}))
  })

  it('refuses what is no challenge, no proof, or both kinds of one', async () => {
    const { challenge } = await ask(begin, { uri: 'door.unlock' })
    assert.equal(await outcome(complete, { challenge: 'x', proof: 'a.b.c' }), invalid)
    assert.equal(await outcome(complete, { challenge, proof: 'no jws' }), invalid)
    const other = 'A'.repeat(22)
    assert.equal(await outcome(complete, { challenge: other, proof: 'a.b.c' }), denied)
    assert.equal(await outcome(complete, { challenge, proof: 'a.b.c', webauthn: {} }), invalid)
    const second = (await ask(begin, { uri: 'door.unlock' }))['challenge']
    assert.equal(await outcome(complete, { challenge: second }), invalid)
    const third = (await ask(begin, { uri: 'door.unlock' }))['challenge']
    assert.equal(await outcome(complete, { challenge: third, webauthn: { id: 'x' } }), denied)
  })

  it('tells whoever brought a proof nothing of what was wrong with it, and the owner all', async () => {
    const request = await ask(begin, { uri: 'door.unlock' })
    const { challenge } = request
    const proof = await watch.confirm({ ...request, uri: 'safe.open' } as never)
    const answer = await outside.call(guest, complete, [], { challenge, proof })
    assert.deepEqual(answer.slice(4, 6), [denied, ['the proof was not taken']])
    assert.equal(await recorded(), 'wamp.error.not_authorized (proof: uri)')
  })

  it("has so many challenges of one session open, and leaves some to the person's others", async () => {
    for (let i = 0; i < 8; i++) await ask(begin, { uri: 'door.unlock' })
    assert.equal(await outcome(begin, { uri: 'door.unlock' }), 'latchkey.error.invalid_state')
    const other = await session('guest')
    await ask(begin, { uri: 'door.unlock' }, other)
    clock.advance(60_000)
    await ask(begin, { uri: 'door.unlock' })
  })

  it('is for people, who see and revoke their own', async () => {
    const mine = (await ask('latchkey.authenticator.list', {}))['authenticators'] as Answer[]
    assert.deepEqual(
      mine.map(({ kind, name, person, acr, status }) => [kind, name, person, acr, status]),
      [['watch', 'watch', 'guest', 'aal1', 'active']],
    )
    const friend = await session('friend')
    assert.equal(await outcome('latchkey.authenticator.list', { person: 'guest' }, friend), denied)
    assert.equal(await outcome('latchkey.authenticator.revoke', { id: 'au_nothing' }), denied)
    await assert.rejects(outside.manage('stepup.begin', { uri: 'door.unlock' }), { uri: denied })
    await assert.rejects(outside.manage('authenticator.revoke', { id: 'au_nothing' }), {
      uri: 'latchkey.error.not_found',
    })
    assert.equal(await outcome(begin, { uri: 'x' }, friend), 'latchkey.error.invalid_state')
  })

  it('enrols what was offered, and nothing else by the same signature', async () => {
    const key = await newAuthenticatorKey()
    const phone = new Authenticator({ key, clock })
    const offered = { kind: 'phone', name: 'phone', public_key: key.publicKey }
    const request = await ask(enrolBegin, offered)
    const { challenge } = request
    const proof = await phone.confirm(request as never)
    assert.equal(
      await outcome(enrolComplete, { ...offered, name: 'other', challenge, proof }),
      denied,
    )
    // A confirmation of a call is no proof that one has the key of what is enrolled.
    const stepUp = await ask(begin, { uri: enrolComplete, kwargs: offered })
    const foreign = await watch.confirm(stepUp as never)
    assert.equal(
      await outcome(enrolComplete, {
        ...offered,
        challenge: stepUp['challenge'],
        proof: foreign,
      }),
      denied,
    )
  })

  it('enrols no key by which anybody can sign, none that is missing, and no passkey without a page', async () => {
    const weak = { kind: 'watch', name: 'w', public_key: `01${'0'.repeat(62)}` }
    assert.equal(await outcome(enrolBegin, weak), invalid)
    assert.equal(await outcome(enrolBegin, { kind: 'watch', name: 'w' }), invalid)
    const both = { kind: 'passkey', name: 'p', public_key: freshKey() }
    assert.equal(await outcome(enrolBegin, both), invalid)
    const none = { kind: 'passkey', name: 'p' }
    assert.equal(await outcome(enrolBegin, none), 'latchkey.error.invalid_state')
  })
})

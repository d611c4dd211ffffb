import assert from 'node:assert/strict'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import { fromBase32, Totp, totpCode } from '../../authenticators/totp.ts'
import { addAuthRealm, type AuthRealm } from '../support/auth-realm.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter } from '../support/memory-router.ts'
import { craSignature, type Extra } from '../support/proofs.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

/** RFC 6238, appendix B, for SHA-1: its secret is the text 12345678901234567890. */
const rfcSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('A code that changes with time', () => {
  it('agrees with the vectors of RFC 6238', () => {
    const secret = fromBase32(rfcSecret)
    assert.equal(secret.toString(), '12345678901234567890')
    for (const [seconds, code] of [
      [59, '287082'],
      [1111111109, '081804'],
      [1111111111, '050471'],
      [1234567890, '005924'],
      [2000000000, '279037'],
      [20000000000, '353130'],
    ] as const)
      assert.equal(totpCode(secret, Math.floor(seconds / 30)), code)
  })

  it('is taken once, at most a step early or late, and never after a later one', () => {
    const clock = new ManualClock(1_000 * 30_000)
    const codes = (step: number): string => totpCode(fromBase32(rfcSecret), step)
    const totp = new Totp(rfcSecret, clock)
    for (const [step, taken] of [
      [998, false],
      [1002, false],
      [999, true],
      [999, false],
      [1001, true],
      [1000, false],
      [1001, false],
    ] as const)
      assert.equal(totp.take(codes(step)), taken, String(step))
    clock.advance(60_000)
    assert(totp.take(codes(1002)))
    for (const text of ['', '000', codes(1003).slice(1), `${codes(1003)} `, 'abcdef'])
      assert(!totp.take(text))
  })
})

describe('A second round', () => {
  const { router, clock } = memoryRouter()
  let added: AuthRealm

  before(async () => {
    const config = {
      uri: 'house',
      authmethods: ['wampcra', 'ticket'],
      principals: [
        { authid: 'typist', role: 'app', wampcra: { secret: 'one' }, second: { ticket: 'two' } },
        {
          authid: 'phone',
          role: 'app',
          wampcra: { secret: 'one' },
          ticket: 'one',
          second: { totp: rfcSecret },
        },
        { authid: 'plain', role: 'app', wampcra: { secret: 'one' } },
      ],
    }
    added = await addAuthRealm(router, config, { clock })
  })
  after(() => added.close())

  function first(authid: string, authmethods = ['wampcra', 'ticket'], secret = 'one') {
    const client = new MemoryClient(router)
    const hello = { roles: allRoles, authmethods, authid }
    const [challenge] = client.ask([1, 'house', hello])
    const answer =
      challenge?.[1] === 'ticket' ? secret : craSignature(secret, challenge?.[2] as Extra)
    return { client, answer: client.ask([5, answer, {}])[0] as Wire }
  }

  it('is asked only of those for whom it is configured, after whatever proof came first', () => {
    assert.equal(first('plain').answer[0], 2)
    assert.deepEqual(first('typist').answer, [4, 'ticket', { second_factor: 'ticket' }])
    for (const methods of [['wampcra', 'ticket'], ['ticket']])
      assert.deepEqual(first('phone', methods).answer, [4, 'ticket', { second_factor: 'totp' }])
  })

  it('is not heard of by who fails the first', () => {
    for (const authid of ['plain', 'typist', 'phone', 'nobody']) {
      const { answer } = first(authid, undefined, 'wrong')
      assert.deepEqual([answer[0], answer[2]], [3, 'wamp.error.authentication_denied'])
    }
  })

  it('by a code is passed with that of now, which is good for one join', () => {
    const code = totpCode(fromBase32(rfcSecret), Math.floor(clock.now() / 30_000))
    const { client } = first('phone')
    assert.equal(client.ask([5, code, {}])[0]?.[0], 2)
    const again = first('phone')
    assert.equal(again.client.ask([5, code, {}])[0]?.[2], 'wamp.error.authentication_denied')
    assert(added.reasons.includes('second_factor_wrong'))
  })

  it('that the client is not prepared for ends the join with no_matching_auth_method', () => {
    const { answer } = first('typist', ['wampcra'])
    assert.deepEqual([answer[0], answer[2]], [3, 'wamp.error.no_matching_auth_method'])
  })

  it('leaves no third try: one wrong answer ends the join', () => {
    const { client } = first('typist')
    assert.equal(client.ask([5, 'one', {}])[0]?.[0], 3)
    assert.deepEqual(client.ask([5, 'two', {}]), [])
  })

  it('cannot be by the same ticket as the first', () => {
    const both = { ticket: 'same', second: { ticket: 'same' } }
    assert.throws(
      () => new StaticPrincipals([{ authid: 'a', role: 'app', ...both }]),
      /principal "a": second is the same ticket as the first; allowed is another/,
    )
  })
})

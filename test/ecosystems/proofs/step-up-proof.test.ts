import assert from 'node:assert/strict'
import { Challenges, type Challenge } from '../../../ecosystems/proofs/challenges.ts'
import { verifyStepUp } from '../../../ecosystems/proofs/step-up-proof.ts'
import { ProofError, type ProofProblem } from '../../../proofs/proof-error.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { forgeries, jws, malformed, newKey } from './keys.ts'

const header = { alg: 'EdDSA', typ: 'latchkey-stepup+jwt' }
const start = 1_000_000

describe("a person's confirmation", () => {
  const { key, publicKey } = newKey()
  const clock = new ManualClock(start)
  const challenge = new Challenges({ clock }).begin({
    caller: 'guest',
    uri: 'door.unlock',
    argsSha256: 'a'.repeat(64),
    session: 7,
  })
  const claims = {
    challenge: challenge.challenge,
    uri: 'door.unlock',
    args_sha256: 'a'.repeat(64),
    caller: 'guest',
    session: 7,
    exp: (start + 60_000) / 1_000,
  }
  const proof = jws(key, header, claims)
  const verify = (given: unknown, asked: Challenge = challenge, now = start): unknown =>
    verifyStepUp(given, { publicKey, challenge: asked, now })
  const refused = (problem: ProofProblem) => (error: unknown) =>
    error instanceof ProofError && error.problem === problem

  it('holds for the call that was asked for', () => {
    assert.deepEqual(verify(proof), claims)
    assert.deepEqual(verify(proof, challenge, start + 59_999), claims)
  })

  for (const [what, forged] of [...forgeries(proof), ...malformed(key, proof)])
    it(`is refused with ${what}`, () => {
      assert.throws(() => verify(forged), ProofError)
    })

  const others: [string, Partial<Challenge>, ProofProblem][] = [
    ['another procedure', { uri: 'safe.open' }, 'uri'],
    ['other arguments', { argsSha256: 'b'.repeat(64) }, 'arguments'],
    ['another challenge', { challenge: 'c'.repeat(22) }, 'challenge'],
    ['another person', { caller: 'owner' }, 'audience'],
    ['another session', { session: 8 }, 'audience'],
    ['any session', { session: undefined }, 'audience'],
  ]
  for (const [what, difference, problem] of others)
    it(`does not hold for ${what}`, () => {
      assert.throws(() => verify(proof, { ...challenge, ...difference }), refused(problem))
    })

  it('without a session does not hold where one was asked for', () => {
    const { session: _, ...rest } = claims
    assert.throws(() => verify(jws(key, header, rest)), refused('audience'))
    verify(jws(key, header, rest), { ...challenge, session: undefined })
  })

  it('is over after a minute', () => {
    assert.throws(() => verify(proof, challenge, start + 60_000), refused('expired'))
    const shorter = jws(key, header, { ...claims, exp: start / 1_000 + 5 })
    verify(shorter, challenge, start + 4_999)
    assert.throws(() => verify(shorter, challenge, start + 5_000), refused('expired'))
  })

  it('is not taken when it would be good for longer', () => {
    const longer = jws(key, header, { ...claims, exp: start / 1_000 + 61 })
    assert.throws(() => verify(longer), refused('time'))
  })

  it('by the key of another of his devices is none', () => {
    const other = newKey().publicKey
    assert.throws(
      () => verifyStepUp(proof, { publicKey: other, challenge, now: start }),
      refused('signature'),
    )
  })
})

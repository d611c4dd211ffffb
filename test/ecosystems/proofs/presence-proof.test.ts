import assert from 'node:assert/strict'
import { PresenceProofs } from '../../../ecosystems/proofs/presence-proof.ts'
import { ProofError, type ProofProblem } from '../../../proofs/proof-error.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { forgeries, jws, malformed, newKey } from './keys.ts'

const header = { alg: 'EdDSA', typ: 'latchkey-presence+jwt' }
const start = 1_000_000_000

describe('a sign of presence', () => {
  const { key, publicKey } = newKey()
  const nonce = 'n'.repeat(22)
  const claims = { lock: 'door1', nonce, exp: start / 1_000 + 10 }
  const proof = jws(key, header, claims)
  const refused = (problem: ProofProblem) => (error: unknown) =>
    error instanceof ProofError && error.problem === problem

  function presence(afterMs = 0, max = 10) {
    const clock = new ManualClock(start - 60_000)
    const proofs = new PresenceProofs({ clock, max })
    clock.advance(60_000 + afterMs)
    const verify = (given: unknown, lock = 'door1', asked = nonce): unknown =>
      proofs.verify(given, { lock, nonce: asked, publicKey })
    return { clock, verify }
  }

  it('holds at the lock that it was made for', () => {
    assert.deepEqual(presence().verify(proof), claims)
    assert.deepEqual(presence(9_999).verify(proof), claims)
  })

  it('does not hold at another lock, or for another nonce', () => {
    assert.throws(() => presence().verify(proof, 'door2'), refused('audience'))
    assert.throws(() => presence().verify(proof, 'door1', 'm'.repeat(22)), refused('challenge'))
  })

  it('is over when it is eleven seconds old, by whatever clock within a second of ours', () => {
    assert.throws(() => presence(11_000).verify(proof), refused('expired'))
    const ahead = jws(key, header, { ...claims, exp: claims.exp + 1 })
    presence().verify(ahead)
    assert.throws(() => presence(11_000).verify(ahead), refused('expired'))
  })

  it('is not taken when it would be good for longer', () => {
    const longer = jws(key, header, { ...claims, exp: claims.exp + 2 })
    assert.throws(() => presence().verify(longer), refused('time'))
  })

  it('counts once', () => {
    const { verify, clock } = presence()
    verify(proof)
    assert.throws(() => verify(proof), refused('replayed'))
    clock.advance(5_000)
    // The same nonce, signed anew.
    const again = jws(key, header, { ...claims, exp: claims.exp + 5 })
    assert.throws(() => verify(again), refused('replayed'))
  })

  it('is not taken by a house that has started since: it cannot know whether it was used', () => {
    const begun = (afterMs: number): unknown =>
      new PresenceProofs({ clock: new ManualClock(start + afterMs) }).verify(proof, {
        lock: 'door1',
        nonce,
        publicKey,
      })
    begun(999)
    assert.throws(() => begun(1_000), refused('time'))
  })

  it('is not taken when it cannot be remembered, until others are over', () => {
    const { verify, clock } = presence(0, 1)
    verify(proof)
    const other = jws(key, header, { ...claims, nonce: 'm'.repeat(22) })
    assert.throws(() => verify(other, 'door1', 'm'.repeat(22)), refused('full'))
    clock.advance(20_000)
    const late = jws(key, header, { lock: 'door1', nonce: 'o'.repeat(22), exp: claims.exp + 20 })
    verify(late, 'door1', 'o'.repeat(22))
  })

  for (const [what, forged] of [...forgeries(proof), ...malformed(key, proof)])
    it(`is refused with ${what}`, () => {
      assert.throws(() => presence().verify(forged), ProofError)
    })
})

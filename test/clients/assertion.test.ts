import assert from 'node:assert/strict'
import { AssertionVerifier, type AssertionOptions } from '../../clients/assertion.ts'
import type { Delivery } from '../../clients/payload.ts'
import { TrustBundle } from '../../clients/trust.ts'
import { Assertions, partyName } from '../../ecosystems/proofs/assertion.ts'
import { HouseKey } from '../../ecosystems/proofs/house-key.ts'
import { signTrust } from '../../ecosystems/proofs/trust-bundle.ts'
import { proofTypes } from '../../proofs/claims.ts'
import { ProofError, type ProofProblem } from '../../proofs/proof-error.ts'
import { claimsOf, forgeries } from '../ecosystems/proofs/keys.ts'
import { ManualClock } from '../support/manual-clock.ts'

const start = 1_000_000_000
const facts = { realm: 'home', prefix: 'lamp1', ecosystems: ['home'], owners: [], policy: {} }
const asserted = { device: 'd_lamp', subject: 'guest', level: 3, acr: 'aal2' }

describe("the house's assertion", () => {
  const house = HouseKey.ephemeral()
  let trust: TrustBundle
  before(async () => {
    const { bundle } = signTrust({ current: house }, { device: 'd_lamp', ...facts }, start)
    trust = await TrustBundle.pin(bundle)
  })
  const refused = (problem: ProofProblem) => (error: unknown) =>
    error instanceof ProofError && error.problem === problem

  const values = { args: [true], kwargs: { at: 7 } }
  function sign(more: Partial<typeof asserted> & { actor?: string } = {}, key = house): string {
    const assertions = new Assertions({ key, clock: new ManualClock(start) })
    return assertions.sign({ ...asserted, ...more }, 'lamp1.switch', values)
  }
  const delivery = (text: unknown, more: Partial<Delivery> = {}): Delivery => ({
    ...values,
    details: { _authz: text },
    ...more,
  })
  /** A device that has been running for a while, and whose clock is so much ahead of the house's. */
  function verifier(aheadMs = 0, options: AssertionOptions = {}): AssertionVerifier {
    const own = new ManualClock(start - 60_000)
    const made = new AssertionVerifier({ clock: own, ...options })
    own.advance(60_000 + aheadMs)
    return made
  }

  it('tells a device who asks for what, by the bundle alone', async () => {
    const text = sign({ actor: partyName('device', 'd_2') })
    const claims = await verifier().verify(trust, 'lamp1.switch', delivery(text))
    const { jti, args_sha256: digest, ...rest } = claims
    assert.match(jti, /^[\w-]{22}$/)
    assert.match(digest, /^[0-9a-f]{64}$/)
    assert.deepEqual(rest, {
      iss: house.kid,
      aud: 'd_lamp',
      sub: 'guest',
      act: { sub: 'device:d_2' },
      level: 3,
      acr: 'aal2',
      uri: 'lamp1.switch',
      iat: start / 1_000,
      exp: start / 1_000 + 30,
    })
  })

  it('of another house is refused', async () => {
    const text = sign({}, HouseKey.ephemeral())
    await assert.rejects(
      verifier().verify(trust, 'lamp1.switch', delivery(text)),
      refused('signature'),
    )
  })

  it('for another device, procedure or arguments is refused', async () => {
    const verify = verifier()
    const other = delivery(sign({ device: 'd_safe' }))
    await assert.rejects(verify.verify(trust, 'lamp1.switch', other), refused('audience'))
    const text = sign()
    await assert.rejects(verify.verify(trust, 'lamp1.dim', delivery(text)), refused('uri'))
    for (const more of [{ args: [false] }, { kwargs: {} }, { args: [true, 1] }, { args: ['true'] }])
      await assert.rejects(
        verify.verify(trust, 'lamp1.switch', delivery(text, more)),
        refused('arguments'),
      )
    await verify.verify(trust, 'lamp1.switch', delivery(text))
  })

  it('counts once', async () => {
    const verify = verifier()
    const text = sign()
    const both = await Promise.allSettled([
      verify.verify(trust, 'lamp1.switch', delivery(text)),
      verify.verify(trust, 'lamp1.switch', delivery(text)),
    ])
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    await assert.rejects(verify.verify(trust, 'lamp1.switch', delivery(text)), refused('replayed'))
  })

  it('is good for 30 seconds, and 5 more for clocks that differ', async () => {
    const verify = (aheadMs: number, options?: AssertionOptions) =>
      verifier(aheadMs, options).verify(trust, 'lamp1.switch', delivery(sign()))
    await verify(34_999)
    await assert.rejects(verify(35_000), refused('expired'))
    await verify(-5_000)
    await assert.rejects(verify(-5_001), refused('time'))
    await verify(29_999, { skewMs: 0 })
    await assert.rejects(verify(30_000, { skewMs: 0 }), refused('expired'))
  })

  it('is not taken by a program that has begun since: it cannot know whether it was used', async () => {
    const begun = (afterMs: number) =>
      new AssertionVerifier({ clock: new ManualClock(start + afterMs) }).verify(
        trust,
        'lamp1.switch',
        delivery(sign()),
      )
    await begun(999)
    await assert.rejects(begun(1_000), refused('time'))
  })

  it('that would be good for longer is refused, whoever signed it', async () => {
    const claims = claimsOf(sign())
    for (const exp of [start / 1_000 + 31, start / 1_000, start / 1_000 + 10_000]) {
      const text = house.sign(proofTypes.assertion, { ...claims, exp })
      await assert.rejects(verifier().verify(trust, 'lamp1.switch', delivery(text)), ProofError)
    }
  })

  it('is refused when no more can be remembered, until others are over', async () => {
    const clock = new ManualClock(start)
    const verify = new AssertionVerifier({ clock, maxRemembered: 2 })
    const call = (): Promise<unknown> =>
      verify.verify(
        trust,
        'lamp1.switch',
        delivery(new Assertions({ key: house, clock }).sign(asserted, 'lamp1.switch', values)),
      )
    await call()
    await call()
    await assert.rejects(call(), refused('full'))
    clock.advance(60_000)
    await call()
  })

  it('is refused where there is no bundle to check it by, and where there is none', async () => {
    const verify = verifier()
    await assert.rejects(
      verify.verify(undefined, 'lamp1.switch', delivery(sign())),
      refused('untrusted'),
    )
    await assert.rejects(
      verify.verify(trust, 'lamp1.switch', delivery(undefined)),
      refused('absent'),
    )
  })

  it('of another purpose is none: a receipt or a bundle opens nothing', async () => {
    for (const typ of [proofTypes.receipt, proofTypes.trust, proofTypes.stepUp]) {
      const text = house.sign(typ, claimsOf(sign()))
      await assert.rejects(
        verifier().verify(trust, 'lamp1.switch', delivery(text)),
        refused('type'),
      )
    }
  })

  for (const [what, forged] of forgeries(sign()))
    if (forged !== undefined)
      it(`is refused with ${what}`, async () => {
        await assert.rejects(verifier().verify(trust, 'lamp1.switch', delivery(forged)), ProofError)
      })

  it('is not made for arguments that are not the same everywhere', () => {
    const assertions = new Assertions({ key: house, clock: new ManualClock(start) })
    assert.throws(
      () => assertions.sign(asserted, 'lamp1.switch', { args: [2n ** 60n] }),
      refused('arguments'),
    )
  })
})

import assert from 'node:assert/strict'
import { TrustBundle } from '../../clients/trust.ts'
import { HouseKey } from '../../ecosystems/proofs/house-key.ts'
import { signTrust, type TrustFacts } from '../../ecosystems/proofs/trust-bundle.ts'
import { ProofError, type ProofProblem } from '../../proofs/proof-error.ts'
import { forgeries, withClaims } from '../ecosystems/proofs/keys.ts'

const facts: TrustFacts = {
  device: 'd_lamp',
  realm: 'home',
  prefix: 'lamp1',
  ecosystems: ['life', 'home'],
  owners: ['owner'],
  policy: { class: 'light', level: 3 },
}

describe('a trust bundle', () => {
  const house = HouseKey.ephemeral()
  const { bundle } = signTrust({ current: house }, facts, 1_000)
  const refused = (problem: ProofProblem) => (error: unknown) =>
    error instanceof ProofError && error.problem === problem

  it('tells a device which house it belongs to, and is pinned by its key', async () => {
    const trust = await TrustBundle.pin(bundle)
    assert.equal(trust.fingerprint, house.kid)
    const { key, policy_hash: hash, ...rest } = trust.claims
    assert.deepEqual(key, house.publicJwk)
    assert.match(hash, /^[0-9a-f]{64}$/)
    assert.deepEqual(rest, {
      version: 1,
      device: 'd_lamp',
      realm: 'home',
      prefix: 'lamp1',
      ecosystems: ['home', 'life'],
      owners: ['owner'],
      issued_at: 1_000,
    })
  })

  it('shows that the rules changed, and not what they are', async () => {
    const other = signTrust({ current: house }, { ...facts, policy: { class: 'safe' } }, 1_000)
    const [one, two] = [await TrustBundle.pin(bundle), await TrustBundle.pin(other.bundle)]
    assert.notEqual(one.claims.policy_hash, two.claims.policy_hash)
  })

  it('is taken only with the key of the fingerprint that the owner gave', async () => {
    await TrustBundle.pin(bundle, { fingerprint: house.kid })
    const fingerprint = HouseKey.ephemeral().kid
    await assert.rejects(TrustBundle.pin(bundle, { fingerprint }), refused('signature'))
  })

  it('is taken only by the device that it is for', async () => {
    await TrustBundle.pin(bundle, { device: 'd_lamp' })
    await assert.rejects(TrustBundle.pin(bundle, { device: 'd_safe' }), refused('audience'))
  })

  for (const [what, forged] of forgeries(bundle))
    it(`is refused with ${what}`, async () => {
      await assert.rejects(TrustBundle.pin(forged as string), ProofError)
    })

  it('is refused when it names another key than signed it', async () => {
    const changed = withClaims(bundle, { key: HouseKey.ephemeral().publicJwk })
    await assert.rejects(TrustBundle.pin(changed), refused('signature'))
  })

  it('gives way to a newer one of the same key, and not to an older one', async () => {
    const trust = await TrustBundle.pin(bundle)
    const newer = signTrust({ current: house }, { ...facts, owners: ['friend'] }, 2_000)
    const next = await trust.update(newer)
    assert.deepEqual(next.claims.owners, ['friend'])
    await assert.rejects(next.update({ bundle }), refused('time'))
    await trust.update({ bundle })
  })

  it('says the same at another time, and not of other owners or of another house', async () => {
    const trust = await TrustBundle.pin(bundle)
    const at = async (signer: HouseKey, changed: TrustFacts): Promise<boolean> =>
      trust.saysTheSame(
        await TrustBundle.pin(signTrust({ current: signer }, changed, 2_000).bundle),
      )
    assert.ok(await at(house, facts))
    assert.ok(!(await at(house, { ...facts, owners: [] })))
    assert.ok(!(await at(house, { ...facts, policy: 1 })))
    assert.ok(!(await at(HouseKey.ephemeral(), facts)))
  })

  describe('of another key', () => {
    const heir = HouseKey.ephemeral()

    it('is refused', async () => {
      const trust = await TrustBundle.pin(bundle)
      const other = signTrust({ current: heir }, facts, 2_000)
      await assert.rejects(trust.update(other), refused('signature'))
    })

    it('is taken when the key before has signed for it', async () => {
      const trust = await TrustBundle.pin(bundle)
      const next = await trust.update(signTrust({ current: heir, previous: house }, facts, 2_000))
      assert.equal(next.fingerprint, heir.kid)
      // From then on the one before counts for nothing.
      await assert.rejects(next.update({ bundle }), refused('signature'))
    })

    it('is refused when a third one has signed for it, or for another key, or another time', async () => {
      const trust = await TrustBundle.pin(bundle)
      const third = HouseKey.ephemeral()
      const own = signTrust({ current: heir, previous: third }, facts, 2_000)
      await assert.rejects(trust.update(own), refused('signature'))
      const elsewhere = signTrust({ current: third, previous: house }, facts, 2_000)
      const mixed = { bundle: own.bundle, handover: elsewhere.handover }
      await assert.rejects(trust.update(mixed), refused('signature'))
      const before = signTrust({ current: heir, previous: house }, facts, 1_500)
      const stale = { bundle: own.bundle, handover: before.handover }
      await assert.rejects(trust.update(stale), refused('signature'))
    })

    it('is refused when the new key signs for itself in the name of the old one', async () => {
      const trust = await TrustBundle.pin(bundle)
      const self = signTrust({ current: heir, previous: heir }, facts, 2_000)
      await assert.rejects(trust.update(self), refused('signature'))
    })
  })
})

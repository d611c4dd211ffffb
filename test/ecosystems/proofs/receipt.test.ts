import assert from 'node:assert/strict'
import { verifyReceipt as verifyInClients } from '../../../clients/receipt.ts'
import { DomainError } from '../../../ecosystems/errors.ts'
import { HouseKey } from '../../../ecosystems/proofs/house-key.ts'
import { signReceipt, verifyReceipt } from '../../../ecosystems/proofs/receipt.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { claimsOf, forgeries, withClaims } from './keys.ts'

const payment = { payee: 'Baker', amount: '12.50', currency: 'EUR', ref: 'order 7' }
const now = 1_000_000_000
const times = { now, expiresAt: now + 300_000 }

describe('a consent receipt', () => {
  const house = HouseKey.ephemeral()
  const keys = { current: house }
  const { receipt, claims } = signReceipt(house, 'owner', payment, times)

  it('says who agrees to pay what to whom, to the house and to anybody who has its key', async () => {
    assert.deepEqual(verifyReceipt(keys, receipt, now), claims)
    assert.deepEqual(await verifyInClients(receipt, { key: house.publicJwk }, now), claims)
    const { iss, jti, ...rest } = claims
    assert.deepEqual(rest, { sub: 'owner', ...payment, iat: now / 1_000, exp: now / 1_000 + 300 })
    assert.equal(iss, house.kid)
    assert.match(jti, /^[\w-]{22}$/)
  })

  it('is another one each time', () => {
    const next = signReceipt(house, 'owner', payment, times)
    assert.notEqual(next.claims.jti, claims.jti)
  })

  for (const name of Object.keys(claims))
    it(`is invalid with another ${name}`, async () => {
      const changed = withClaims(receipt, { [name]: name === 'amount' ? '1250' : 'x' })
      assert.notDeepEqual(claimsOf(changed), claims)
      assert.throws(() => verifyReceipt(keys, changed, now), ProofError)
      await assert.rejects(verifyInClients(changed, { key: house.publicJwk }, now), ProofError)
    })

  for (const [what, forged] of forgeries(receipt))
    it(`is refused with ${what}`, async () => {
      assert.throws(() => verifyReceipt(keys, forged, now), ProofError)
      await assert.rejects(
        verifyInClients(forged as string, { key: house.publicJwk }, now),
        ProofError,
      )
    })

  it('outlives a change of the key of the house', () => {
    const next = HouseKey.ephemeral()
    assert.deepEqual(verifyReceipt({ current: next, previous: house }, receipt, now), claims)
    const third = { current: next, previous: HouseKey.ephemeral() }
    assert.throws(() => verifyReceipt(third, receipt, now), ProofError)
  })

  it('is over when it says so', async () => {
    const end = now + 300_000
    verifyReceipt(keys, receipt, end - 1)
    assert.throws(() => verifyReceipt(keys, receipt, end), ProofError)
    await verifyInClients(receipt, { key: house.publicJwk }, end - 1)
    await assert.rejects(verifyInClients(receipt, { key: house.publicJwk }, end), ProofError)
  })

  it('of another house is none', async () => {
    const other = HouseKey.ephemeral()
    assert.throws(() => verifyReceipt({ current: other }, receipt, now), ProofError)
    await assert.rejects(verifyInClients(receipt, { key: other.publicJwk }, now), ProofError)
  })

  const wrong: [string, Partial<typeof payment>][] = [
    ['nothing', { amount: '0.00' }],
    ['less than nothing', { amount: '-1' }],
    ['a number in another form', { amount: '1e3' }],
    ['no currency', { currency: 'eur' }],
    ['gold', { currency: 'XAU' }],
    ['to nobody', { payee: '' }],
    ['two lines', { ref: 'a\nb' }],
    ['a long text', { ref: 'a'.repeat(257) }],
  ]
  for (const [what, difference] of wrong)
    it(`is not made for ${what}`, () => {
      assert.throws(
        () => signReceipt(house, 'owner', { ...payment, ...difference }, times),
        (error) => error instanceof DomainError && error.code === 'invalid_argument',
      )
    })

  it('is made for a currency of several countries', () => {
    signReceipt(house, 'owner', { ...payment, currency: 'XOF' }, times)
  })
})

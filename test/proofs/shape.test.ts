import assert from 'node:assert/strict'
import { assertionShape, receiptShape, trustShape } from '../../proofs/claims.ts'
import { ProofError } from '../../proofs/proof-error.ts'
import { readShape } from '../../proofs/shape.ts'

const hash = 'a'.repeat(64)
const kid = 'k'.repeat(43)
const assertion = {
  iss: kid,
  aud: 'lamp1',
  sub: 'owner',
  level: 1,
  acr: 'aal2',
  uri: 'lamp.switch',
  args_sha256: hash,
  jti: 'j'.repeat(22),
  iat: 100,
  exp: 130,
}
const receipt = {
  iss: kid,
  sub: 'owner',
  payee: 'Baker',
  amount: '12.50',
  currency: 'EUR',
  ref: 'order 7',
  jti: 'j'.repeat(22),
  iat: 100,
  exp: 200,
}
const trust = {
  version: 1,
  key: { kty: 'OKP', crv: 'Ed25519', x: kid },
  device: 'd_1',
  realm: 'home',
  prefix: 'lamp1',
  ecosystems: ['home'],
  owners: ['owner'],
  policy_hash: hash,
  issued_at: 1,
}

function malformed(claim: RegExp) {
  return (error: unknown): boolean =>
    error instanceof ProofError && error.problem === 'malformed' && claim.test(error.message)
}

describe('the claims of a proof', () => {
  it('are taken as they should be, with and without the optional ones', () => {
    assert.deepEqual(readShape(assertion, assertionShape), assertion)
    const acting = { ...assertion, act: { sub: 'device:lamp2' } }
    assert.deepEqual(readShape(acting, assertionShape), acting)
    assert.deepEqual(readShape(receipt, receiptShape), receipt)
    assert.deepEqual(readShape(trust, trustShape), trust)
  })

  for (const key of Object.keys(assertion))
    it(`are refused without ${key}`, () => {
      const { [key as 'iss']: _, ...rest } = assertion
      assert.throws(
        () => readShape(rest, assertionShape),
        malformed(new RegExp(`${key} is missing`)),
      )
    })

  it('are refused with one too much, whatever its name', () => {
    for (const extra of ['nbf', 'toString', 'constructor'])
      assert.throws(
        () => readShape({ ...assertion, [extra]: 1 }, assertionShape),
        malformed(/too much/),
      )
    const proto = JSON.parse('{"__proto__":1}') as object
    assert.throws(() => readShape({ ...proto, ...assertion }, trustShape), malformed(/too much/))
  })

  const wrong: [string, unknown][] = [
    ['level', '1'],
    ['level', 0],
    ['level', 1.5],
    ['exp', '130'],
    ['exp', 130.5],
    ['exp', Infinity],
    ['exp', -1],
    ['aud', ['lamp1']],
    ['aud', 'Lamp'],
    ['uri', 'a..b'],
    ['uri', `a${'.b'.repeat(200)}`],
    ['args_sha256', hash.toUpperCase()],
    ['jti', 'short'],
    ['act', {}],
    ['act', { sub: 'a', more: 1 }],
    ['act', null],
    ['sub', null],
  ]
  for (const [key, value] of wrong)
    it(`are refused when ${key} is ${JSON.stringify(value)?.slice(0, 30)}`, () => {
      assert.throws(
        () => readShape({ ...assertion, [key]: value }, assertionShape),
        malformed(new RegExp(`${key} is not valid`)),
      )
    })

  for (const amount of ['12,50', '-1', '1e3', '01', '1.', '.5', '', '1'.repeat(17), 12.5])
    it(`are refused when an amount is ${JSON.stringify(amount)}`, () => {
      assert.throws(() => readShape({ ...receipt, amount }, receiptShape), malformed(/amount/))
    })

  it('are refused with a key that has a private half', () => {
    const key = { ...trust.key, d: kid }
    assert.throws(() => readShape({ ...trust, key }, trustShape), malformed(/key/))
  })

  for (const value of [null, undefined, [], 'text', 1])
    it(`are no ${JSON.stringify(value)}`, () => {
      assert.throws(() => readShape(value, assertionShape), malformed(/dictionary/))
    })
})

import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { compactVerify } from 'jose'
import { jwsHeader, signJws, verifyJws } from '../../../ecosystems/proofs/jws.ts'
import { ed25519PublicKey } from '../../../ecosystems/proofs/public-key.ts'
import { presenceShape, proofTypes } from '../../../proofs/claims.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { forgeries, jws, malformed, newKey } from './keys.ts'

describe('a compact JWS', () => {
  const { key, publicKey } = newKey()
  const typ = proofTypes.presence
  const claims = { lock: 'door', nonce: 'n'.repeat(22), exp: 1_000 }
  const text = signJws(key, jwsHeader(typ), claims)
  const verify = (given: unknown): unknown =>
    verifyJws(given, { typ, key: createPublicKey(key), shape: presenceShape })

  it('gives its claims to whoever has the key', () => {
    assert.deepEqual(verify(text), claims)
  })

  it('is one for jose, too', async () => {
    const { protectedHeader, payload } = await compactVerify(text, ed25519PublicKey(publicKey))
    assert.deepEqual(protectedHeader, { alg: 'EdDSA', typ })
    assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), claims)
  })

  for (const [what, forged] of [...forgeries(text), ...malformed(key, text)])
    it(`is refused with ${what}`, () => {
      assert.throws(() => verify(forged), ProofError)
    })

  it('says that an algorithm is not taken before it looks at anything else', () => {
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    assert.throws(
      () => verify(`${none}..`),
      (error) => error instanceof ProofError && error.problem === 'algorithm',
    )
  })

  for (const [name, value] of [
    ['crit', ['exp']],
    ['b64', false],
    ['jwk', {}],
    ['jku', 'https://id.test'],
    ['x5c', []],
  ] as const)
    it(`is refused with ${name} in its header`, () => {
      const header = { alg: 'EdDSA', typ, [name]: value }
      assert.throws(() => verify(jws(key, header, claims)), /the header has more/)
    })

  it('is refused for a key of small order, by which anybody could sign', () => {
    assert.throws(() => ed25519PublicKey('00'.repeat(32)), ProofError)
    assert.throws(() => ed25519PublicKey(`01${'00'.repeat(31)}`), ProofError)
    assert.throws(() => ed25519PublicKey('zz'.repeat(32)), ProofError)
    assert.throws(() => ed25519PublicKey(''), ProofError)
  })
})

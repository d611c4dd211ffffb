import assert from 'node:assert/strict'
import { principalSchema } from '../../realms/principal-definition.ts'

const who = { authid: 'one', role: 'app' }
const salt = 'AAAAAAAAAAAAAAAAAAAAAA=='
const key = Buffer.alloc(32).toString('base64')

/** What is wrong with a component of the configuration. */
function problems(proof: object): string {
  const parsed = principalSchema.safeParse({ ...who, ...proof })
  return parsed.success ? '' : parsed.error.issues.map(({ message }) => message).join('; ')
}

describe('A component of the configuration', () => {
  it('can have any of the proofs, and several', () => {
    for (const proof of [
      { ticket: 'short' },
      { ticketSha256: 'ab'.repeat(32) },
      { publicKey: 'ab'.repeat(32) },
      { wampcra: { secret: 'x' } },
      { wampcra: { secret: 'x', salt: 's', keylen: 64, iterations: 1 } },
      { wampcra: { key, salt: 's' } },
      { scram: { salt, iterations: 3, memory: 8192, secret: 'x' } },
      { scram: { kdf: 'pbkdf2', salt, iterations: 4096, secret: 'x' } },
      { scram: { salt, iterations: 4096, memory: 1_000_000, storedKey: key, serverKey: key } },
      {
        scram: {
          kdf: 'argon2id-13',
          salt,
          iterations: 1,
          memory: 8,
          storedKey: key,
          serverKey: key,
        },
      },
      { certificate: { fingerprint256: `${'AB:'.repeat(31)}AB` } },
      { certificate: { name: 'DNS:one.house.example' } },
      { ticket: 'a', publicKey: 'ab'.repeat(32), second: { totp: 'GEZDGNBVGY3TQOJQ' } },
    ])
      assert.equal(problems(proof), '', JSON.stringify(proof))
  })

  it('can be named as people and machines are', () => {
    for (const authid of ['ticket-user', 'joe@example.com', 'CN=lamp,O=house', 'a_b.c+d'])
      assert.equal(problems({ authid, ticket: 'x' }), '')
    for (const authid of ['', 'a b', 'a:b', 'a"b', 'ä', 'a\n'])
      assert.match(problems({ authid, ticket: 'x' }), /allowed are letters/)
  })

  it('with a proof that cannot be used is refused, and told what is allowed', () => {
    for (const [proof, problem] of [
      [{}, /one of ticket, ticketSha256, publicKey, wampcra, scram and certificate is needed/],
      [{ second: { ticket: 'x' } }, /one of ticket, .* is needed: else nobody could join/],
      [{ ticket: 'x', second: {} }, /one of ticket, ticketSha256 and totp is needed/],
      [{ ticket: 'x', second: { totp: 'short' } }, /base32/],
      [{ wampcra: {} }, /one of secret and key is needed/],
      [{ wampcra: { secret: 'x', key } }, /one of secret and key is needed/],
      [{ wampcra: { key } }, /key needs the salt/],
      [
        { scram: { salt, iterations: 1, memory: 8 } },
        /secret is needed, or storedKey and serverKey/,
      ],
      [{ scram: { salt, iterations: 1, memory: 8, storedKey: key } }, /secret is needed/],
      [
        { scram: { salt, iterations: 1, memory: 8, storedKey: key, serverKey: key, secret: 'x' } },
        /not both/,
      ],
      [{ scram: { salt, iterations: 1, secret: 'x' } }, /memory \(in KiB\) is needed/],
      [{ scram: { kdf: 'pbkdf2', salt, iterations: 1, memory: 8, secret: 'x' } }, /there is none/],
      [
        { scram: { kdf: 'argon2id-13', salt, iterations: 1, memory: 8, secret: 'x' } },
        /both dialects/,
      ],
      [{ scram: { salt: 'AAAA', iterations: 1, memory: 8, secret: 'x' } }, /8 bytes or more/],
      [{ scram: { salt: '?'.repeat(16), iterations: 1, memory: 8, secret: 'x' } }, /base64/],
      [{ certificate: {} }, /one of fingerprint256 and name is needed/],
      [{ certificate: { name: 'lamp' } }, /a name is DNS:/],
      [{ certificate: { fingerprint256: 'ab:cd' } }, /32 octets/],
    ] as const)
      assert.match(problems(proof), problem, JSON.stringify(proof))
  })

  it('cannot keep the router from starting by a password that takes too long to derive', () => {
    for (const scram of [
      { salt, iterations: 17, memory: 64, secret: 'x' },
      { salt, iterations: 1, memory: 65_537, secret: 'x' },
      { kdf: 'pbkdf2', salt, iterations: 1_000_001, secret: 'x' },
    ])
      assert.match(
        problems({ scram }),
        /deriving from secret costs too much: allowed are 16 iterations/,
      )
    assert.notEqual(problems({ wampcra: { secret: 'x', salt: 's', iterations: 1_000_001 } }), '')
  })
})

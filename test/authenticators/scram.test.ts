import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { saslprep } from '../../authenticators/saslprep.ts'
import {
  deriveScramKeys,
  saltedPassword,
  type ScramSecret,
} from '../../authenticators/scram-keys.ts'
import {
  authMessage,
  channelBindingAttribute,
  escapeName,
  fromBase64,
  proofHolds,
  scramKeyPair,
  serverSignature,
} from '../../authenticators/scram-messages.ts'
import { scramAuthenticatorOfAutobahn, wampScramAuthenticator } from '../../authenticators/scram.ts'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import type { Authenticator } from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import { ScramClient } from '../support/proofs.ts'
import { isChallengeRequest, joining } from './attempt.ts'

/** RFC 7677, 3. */
const vector = {
  password: 'pencil',
  cost: { kdf: 'pbkdf2', salt: 'W22ZaJ0SNY7soEsUEjb6gQ==', iterations: 4096, memory: null },
  exchange: {
    name: 'user',
    clientNonce: 'rOprNGfwEbeRWgbNEkqO',
    nonce: 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    iterations: 4096,
    channelBinding: 'biws',
  },
  proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverSignature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
} as const

const argon: ScramSecret = {
  kdf: 'argon2id13',
  salt: 'AAAAAAAAAAAAAAAAAAAAAA==',
  iterations: 1,
  memory: 64,
  secret: 'pencil',
}
const pbkdf2: ScramSecret = { ...argon, kdf: 'pbkdf2', iterations: 10, memory: undefined }

describe('SCRAM’s messages', () => {
  it('agree with the vector of RFC 7677', async () => {
    const keys = scramKeyPair(await saltedPassword(vector.password, vector.cost))
    const message = authMessage(vector.exchange)
    const proof = fromBase64(vector.proof)
    assert(proof !== undefined)
    assert(proofHolds(proof, keys, message))
    assert.equal(serverSignature(keys, message), vector.serverSignature)
    assert(!proofHolds(proof, keys, `${message} `))
    assert(!proofHolds(proof.subarray(1), keys, message))
    assert(!proofHolds(Buffer.concat([proof, Buffer.of(0)]), keys, message))
  })

  it('have the name escaped, and c= as base64 of the GS2 header with the binding’s data after it', () => {
    assert.equal(escapeName('a,b=c=,'), 'a=2Cb=3Dc=3D=2C')
    assert.equal(channelBindingAttribute(null, Buffer.alloc(0)), 'biws')
    assert.equal(Buffer.from('biws', 'base64').toString(), 'n,,')
    const bound = channelBindingAttribute('tls-unique', Buffer.of(1, 2))
    assert.equal(Buffer.from(bound, 'base64').toString('latin1'), 'p=tls-unique,,\u0001\u0002')
  })

  it('take canonical base64 alone', () => {
    assert.equal(fromBase64('AAEC')?.length, 3)
    for (const text of ['AAE', 'AAF=', 'AA==A', 'AA= =', 'A-_C', 'AAEC\n', ' AAEC', 7, undefined])
      assert.equal(fromBase64(text), undefined, String(text))
  })

  it('have names and passwords in one spelling (RFC 4013, 3)', () => {
    for (const [given, prepared] of [
      ['I\u00adX', 'IX'],
      ['user', 'user'],
      ['USER', 'USER'],
      ['\u00aa', 'a'],
      ['\u2168', 'IX'],
      ['a\u00a0b', 'a b'],
      ['\u0627', '\u0627'],
    ] as const)
      assert.equal(saslprep(given), prepared)
    for (const refused of ['\u0007', '\u06271', 'a\u0627', '\ue000', '\ufffd', '\u{e0001}'])
      assert.throws(() => saslprep(refused), RangeError)
  })
})

describe('SCRAM', () => {
  const decoyKey = Buffer.alloc(32, 9)
  let reasons: unknown[]
  let standard: Authenticator
  let autobahn: Authenticator

  before(async () => {
    const derived = await deriveScramKeys(
      [
        { authid: 'argon', role: 'app', scram: argon },
        { authid: 'pbkdf2', role: 'app', scram: pbkdf2 },
        { authid: 'no, =name', role: 'app', scram: pbkdf2 },
      ],
      decoyKey,
    )
    const log = (_level: string, _message: string, { reason }: Readonly<Record<string, unknown>>) =>
      reasons.push(reason)
    standard = wampScramAuthenticator({ keys: derived.standard, log })
    autobahn = scramAuthenticatorOfAutobahn({ keys: derived.autobahn, log })
  })
  beforeEach(() => (reasons = []))

  async function challenge(authenticator: Authenticator, authid: string, authextra: object) {
    const { request, attempt } = joining({ authid, authextra: { ...authextra } })
    const step = await authenticator.begin(request, attempt)
    assert(isChallengeRequest(step))
    return { request, attempt, step }
  }

  async function joinAs(
    authenticator: Authenticator,
    authid: string,
    { password = 'pencil', as = authid } = {},
  ) {
    const dialect = authenticator.method === 'scram' ? 'scram' : 'wamp-scram'
    const client = new ScramClient(as, password, dialect)
    const { request, attempt, step } = await challenge(authenticator, authid, client.authextra)
    const [signature, extra] = await client.answer(step.extra)
    const principal = await authenticator.verify?.({ signature, extra }, step, request, attempt)
    assert(principal !== undefined && !isChallengeRequest(principal))
    return { principal, client }
  }

  const deniedWith = (scram: string) => (error: unknown) => {
    assert(error instanceof WampError)
    assert.equal(error.uri, 'wamp.error.authentication_denied')
    assert.deepEqual(error.details, { scram })
    return true
  }

  it('has a name with , and = in it escaped in what is signed', async () => {
    const { principal } = await joinAs(standard, 'no, =name')
    assert.equal(principal.authid, 'no, =name')
    const unescaped = new ScramClient('no, =name', 'pencil', 'scram')
    const { request, attempt, step } = await challenge(standard, 'no, =name', unescaped.authextra)
    const [signature] = await unescaped.answer(step.extra)
    const extra = { nonce: step.extra['nonce'] }
    await assert.rejects(
      async () => standard.verify?.({ signature, extra }, step, request, attempt),
      deniedWith('invalid-proof'),
    )
  })

  it('takes the password of a name in any spelling of Unicode that means the same', async () => {
    assert.equal((await joinAs(standard, 'pbkdf\u00b2')).principal.authid, 'pbkdf2')
  })

  it('has keys by which nobody can join who reads them, and takes them in place of the password', async () => {
    const salted = await saltedPassword('pencil', { ...argon, kdf: 'argon2id13', memory: 64 })
    const pair = scramKeyPair(salted)
    const [storedKey, serverKey] = [pair.storedKey, pair.serverKey].map((key) =>
      key.toString('base64'),
    )
    const { standard: keys, autobahn: none } = await deriveScramKeys(
      [
        {
          authid: 'argon',
          role: 'app',
          scram: { ...argon, secret: undefined, storedKey, serverKey },
        },
      ],
      decoyKey,
    )
    const authenticator = wampScramAuthenticator({ keys, log: () => undefined })
    assert.equal((await joinAs(authenticator, 'argon')).principal.authrole, 'app')
    assert.equal(none.of('argon'), undefined, 'keys are of one dialect')
    // The keys as a password, or as a client key, prove nothing.
    for (const password of [storedKey ?? '', serverKey ?? ''])
      await assert.rejects(joinAs(authenticator, 'argon', { password }), WampError)
  })

  it('in autobahn’s dialect has the unpadded base64 text of the salted password, and its own keys', async () => {
    const salted = Buffer.from(
      await saltedPassword('pencil', { ...argon, kdf: 'argon2id13', memory: 64 }),
    )
    const text = salted.toString('base64').replace(/=+$/, '')
    const clientKey = createHmac('sha256', text).update('Client Key').digest()
    const storedKey = createHash('sha256').update(clientKey).digest().toString('base64')
    const serverKey = createHmac('sha256', text).update('Server Key').digest('base64')
    const given = { ...argon, kdf: 'argon2id-13', secret: undefined, storedKey, serverKey } as const
    const derived = await deriveScramKeys(
      [{ authid: 'argon', role: 'app', scram: given }],
      decoyKey,
    )
    assert.equal(derived.standard.of('argon'), undefined)
    const authenticator = scramAuthenticatorOfAutobahn({
      keys: derived.autobahn,
      log: () => undefined,
    })
    for (const each of [authenticator, autobahn]) {
      const { principal, client } = await joinAs(each, 'argon')
      assert.deepEqual(principal.authextra, { scram_server_signature: client.serverSignature })
    }
    await assert.rejects(joinAs(autobahn, 'pbkdf2'), deniedWith('invalid-proof'))
    assert.deepEqual(reasons, ['name_unknown'])
  })

  it('refuses nonces and proofs that are no base64, and names that are none', async () => {
    for (const nonce of ['', 'x', 'AA=A', 7, null, 'A'.repeat(260)])
      await assert.rejects(challenge(standard, 'argon', { nonce }), deniedWith('invalid-encoding'))
    await assert.rejects(
      challenge(standard, 'a\u0007', { nonce: 'AAAA' }),
      deniedWith('invalid-username-encoding'),
    )
    const { request, attempt, step } = await challenge(standard, 'argon', { nonce: 'AAAA' })
    const extra = { nonce: step.extra['nonce'] }
    for (const [signature, scram] of [
      ['', 'invalid-proof'],
      ['AAAA', 'invalid-proof'],
      ['?', 'invalid-encoding'],
    ] as const)
      await assert.rejects(
        async () => standard.verify?.({ signature, extra }, step, request, attempt),
        deniedWith(scram),
      )
  })

  it('is passed over for the client’s next method without a name or a nonce', () => {
    for (const authenticator of [standard, autobahn])
      for (const given of [{}, { authid: 'argon' }, { authextra: { nonce: 'AAAA' } }]) {
        const { request, attempt } = joining(given)
        assert.equal(authenticator.accepts?.(request, attempt), false)
      }
  })

  it('has the same salt for an unknown name after a restart, where the router has a key, and another without', async () => {
    const salt = async (key: Buffer): Promise<string> =>
      (await deriveScramKeys([], key)).standard.decoyOf('nobody').salt
    assert.equal(await salt(decoyKey), await salt(decoyKey))
    assert.notEqual(await salt(decoyKey), await salt(Buffer.alloc(32, 8)))
  })

  it('challenges an unknown name by both methods as it does a component: alike where that has both, else not', async () => {
    const scrams = [argon, { ...argon, iterations: 2 }, { ...argon, memory: 128 }, pbkdf2]
    const keys = await deriveScramKeys(
      scrams.map((scram, index) => ({ authid: `known-${index}`, role: 'app', scram })),
      decoyKey,
    )
    const alike = { argon2id13: 0, pbkdf2: 0 }
    for (let index = 0; index < 60; index++) {
      const { kdf, ...one } = keys.standard.decoyOf(`nobody-${index}`)
      const other = keys.autobahn.decoyOf(`nobody-${index}`)
      const cost = ({ salt, iterations, memory }: typeof one): unknown[] => [
        salt,
        iterations,
        memory,
      ]
      if (kdf === 'argon2id13') assert.deepEqual(cost(one), cost(other))
      else assert.notEqual(one.salt, other.salt)
      alike[kdf]++
    }
    assert.ok(alike.argon2id13 > 0 && alike.pbkdf2 > 0)
  })

  it('stops the start where a password cannot be one', () => {
    const scram = { ...argon, secret: 'a\u0007' }
    assert.throws(
      () => new StaticPrincipals([{ authid: 'a', role: 'app', scram }]),
      /^TypeError: principal "a": scram\.secret holds a prohibited character/,
    )
  })

  it('derives nothing at a join: that costs a few hashes alone', async () => {
    const costly = { ...argon, memory: 8_192, iterations: 3 }
    const { standard: keys } = await deriveScramKeys(
      [{ authid: 'a', role: 'app', scram: costly }],
      decoyKey,
    )
    const authenticator = wampScramAuthenticator({ keys, log: () => undefined })
    const client = new ScramClient('a', 'pencil')
    const first = await challenge(authenticator, 'a', client.authextra)
    const [signature, extra] = await client.answer(first.step.extra)
    // A promise would be a derivation; without one the step has happened when this line has.
    const { step, request, attempt } = first
    const principal = authenticator.verify?.({ signature, extra }, step, request, attempt)
    assert(principal !== undefined && !(principal instanceof Promise))
    assert(!(authenticator.begin(request, attempt) instanceof Promise))
  })
})

import assert from 'node:assert/strict'
import { createHmac, pbkdf2Sync } from 'node:crypto'
import { craSignature, ScramClient, type Extra } from '../../support/proofs.ts'
import type { Details, JoinSteps } from './join-steps.ts'

/** Joining with a secret that does not cross the wire (authentication_cra.md, authentication_scram.md). */
export function describeSharedSecrets({ challenged, welcomed, refused }: JoinSteps): void {
  describe('by wampcra', () => {
    it('is challenged with authid, authrole, authmethod, authprovider, nonce, timestamp and session as JSON text', async () => {
      const texts = new Set<string>()
      for (let i = 0; i < 2; i++) {
        const { method, extra } = await challenged({
          authmethods: ['wampcra'],
          authid: 'cra-user',
        })
        assert.equal(method, 'wampcra')
        assert.deepEqual(Object.keys(extra), ['challenge'])
        const { nonce, timestamp, session, ...rest } = JSON.parse(
          String(extra['challenge']),
        ) as Details
        assert.deepEqual(rest, {
          authid: 'cra-user',
          authrole: 'user',
          authmethod: 'wampcra',
          authprovider: 'static',
        })
        assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
        assert(Math.abs(Date.now() - Date.parse(String(timestamp))) < 60_000)
        assert(Number.isSafeInteger(session) && (session as number) > 0)
        texts.add(String(nonce))
      }
      assert.equal(texts.size, 2, 'each nonce is fresh')
    })

    it('has the session id in its challenge that WELCOME gives, and no second one is drawn', async () => {
      const { client, extra } = await challenged({ authmethods: ['wampcra'], authid: 'cra-user' })
      const { session } = JSON.parse(String(extra['challenge'])) as Details
      const welcome = await client.ask([5, craSignature('cra-secret', extra), {}])
      welcomed(welcome)
      assert.equal(welcome[1], session)
    })

    it('proves itself by base64 of HMAC-SHA256 over the challenge, and by no other spelling of it', async () => {
      const details = { authmethods: ['wampcra'], authid: 'cra-user' }
      const { client, extra } = await challenged(details)
      const mac = createHmac('sha256', 'cra-secret').update(String(extra['challenge']))
      const bytes = mac.digest()
      assert.equal(bytes.toString('base64'), craSignature('cra-secret', extra))
      welcomed(await client.ask([5, bytes.toString('base64'), {}]))
      for (const spelling of ['hex', 'base64url'] as const) {
        const other = await challenged(details)
        const signature = Buffer.from(craSignature('cra-secret', other.extra), 'base64')
        await refused(other.client, signature.toString(spelling))
      }
      const replayed = await challenged(details)
      await refused(replayed.client, bytes.toString('base64'))
    })

    it('with a salted secret gets salt, keylen and iterations, and works with base64 of PBKDF2-SHA256 as key', async () => {
      const details = { authmethods: ['wampcra'], authid: 'cra-salted' }
      const { client, extra } = await challenged(details)
      const { challenge, ...salting } = extra
      assert.deepEqual(salting, { salt: 'salt123', keylen: 32, iterations: 1000 })
      const key = pbkdf2Sync('cra-secret', 'salt123', 1000, 32, 'sha256').toString('base64')
      const signature = createHmac('sha256', key).update(String(challenge)).digest('base64')
      welcomed(await client.ask([5, signature, {}]))
      const plain = await challenged(details)
      const unsalted = { ...plain.extra, salt: undefined }
      await refused(plain.client, craSignature('cra-secret', unsalted))
    })

    it('under an unknown name gets a challenge like any other, and the refusal of a wrong secret', async () => {
      const shapes = new Set<string>()
      const texts = new Set<string>()
      for (const authid of [
        'cra-user',
        'nobody',
        'ticket-user',
        'cra-salted',
        'somebody',
        'n2',
        'n3',
      ]) {
        const { client, extra } = await challenged({ authmethods: ['wampcra'], authid })
        const content = JSON.parse(String(extra['challenge'])) as Details
        assert.equal(content['authid'], authid)
        shapes.add(
          JSON.stringify([
            Object.keys(extra).length === 1 || [Object.keys(extra), String(extra['salt']).length],
            Object.keys(content),
            content['authrole'],
            content['authprovider'],
          ]),
        )
        const again = await challenged({ authmethods: ['wampcra'], authid })
        assert.equal(again.extra['salt'], extra['salt'], 'the same salt each time')
        texts.add(await refused(client, craSignature('wrong', extra)))
      }
      assert.equal(texts.size, 1)
      assert(shapes.size <= 3, 'plain, salted or a device’s, as known names are')
    })
  })

  describe('by wamp-scram', () => {
    const shaken = async (authid: string, password: string) => {
      const scram = new ScramClient(authid, password)
      const details = { authmethods: ['wamp-scram'], authid, authextra: scram.authextra }
      return { scram, ...(await challenged(details)) }
    }

    it('says nonce and channel_binding in HELLO, and gets nonce, salt, kdf, iterations and memory', async () => {
      for (const [authid, costs] of [
        ['scram-user', { kdf: 'argon2id13', iterations: 3, memory: 8192 }],
        ['scram-pbkdf2', { kdf: 'pbkdf2', iterations: 4096, memory: null }],
      ] as const) {
        const { scram, method, extra } = await shaken(authid, 'scram-secret')
        assert.equal(method, 'wamp-scram')
        const { nonce, salt, ...rest } = extra
        assert.deepEqual(rest, costs)
        assert(String(nonce).startsWith(scram.nonce), 'the router’s nonce comes after the client’s')
        assert(Buffer.from(String(nonce).slice(scram.nonce.length), 'base64').length >= 16)
        assert.equal(Buffer.from(String(salt), 'base64').length, 16)
      }
    })

    it('works with kdf pbkdf2 and argon2id13, over an AuthMessage with escaped name and c=base64("n,,")', async () => {
      for (const authid of ['scram-user', 'scram-pbkdf2', 'user=a,b']) {
        const { scram, client, extra } = await shaken(authid, 'scram-secret')
        const { authmethod, authrole } = welcomed(
          await client.ask([5, ...(await scram.answer(extra))]),
        )
        assert.deepEqual([authmethod, authrole], ['wamp-scram', 'user'])
      }
      // The same proof over autobahn's message, where c is empty, is no proof here.
      const { scram, client, extra } = await shaken('scram-pbkdf2', 'scram-secret')
      const dialect = new ScramClient('scram-pbkdf2', 'scram-secret', 'scram')
      Object.assign(dialect, { nonce: scram.nonce })
      const [proof] = await dialect.answer(extra)
      const [, answer] = await scram.answer(extra)
      await refused(client, proof, answer)
    })

    it('has nonce, channel_binding and cbind_data of AUTHENTICATE checked, and gets the router’s proof as authextra.verifier', async () => {
      for (const spoil of [
        (answer: Extra) => ({ ...answer, nonce: `${String(answer['nonce'])}A` }),
        (answer: Extra) => ({ ...answer, nonce: undefined }),
        (answer: Extra) => ({ ...answer, channel_binding: 'tls-unique' }),
        (answer: Extra) => ({ ...answer, cbind_data: 'AAAA' }),
      ]) {
        const { scram, client, extra } = await shaken('scram-pbkdf2', 'scram-secret')
        const [proof, answer] = await scram.answer(extra)
        await refused(client, proof, spoil(answer))
      }
      const { scram, client, extra } = await shaken('scram-pbkdf2', 'scram-secret')
      const { authextra } = welcomed(await client.ask([5, ...(await scram.answer(extra))]))
      assert.deepEqual(authextra, { verifier: scram.serverSignature })
      assert.equal(Buffer.from(scram.serverSignature, 'base64').length, 32)
    })

    it('under an unknown name gets a challenge with always the same salt, and ABORT says details.scram invalid-proof', async () => {
      const aborts: unknown[] = []
      for (const authid of ['nobody', 'ticket-user', 'scram-pbkdf2', 'scram-user']) {
        const { client, scram, extra } = await shaken(authid, 'wrong')
        const again = await shaken(authid, 'wrong')
        assert.equal(again.extra['salt'], extra['salt'])
        assert.notEqual(again.extra['nonce'], extra['nonce'])
        assert.deepEqual(Object.keys(extra), ['nonce', 'salt', 'kdf', 'iterations', 'memory'])
        assert.equal(Buffer.from(String(extra['salt']), 'base64').length, 16)
        client.send([5, ...(await scram.answer(extra))])
        aborts.push(await client.next())
        await client.closed
      }
      const abort = [
        3,
        { message: 'the proof does not hold', scram: 'invalid-proof' },
        'wamp.error.authentication_denied',
      ]
      assert.deepEqual(aborts, [abort, abort, abort, abort])
      const salts = new Set<unknown>()
      for (const authid of ['nobody', 'no-one', 'scram-user'])
        salts.add((await shaken(authid, '')).extra['salt'])
      assert.equal(salts.size, 3)
    })

    it('by the name scram is autobahn’s dialect: kdf argon2id-13, empty c=, scram_server_signature', async () => {
      const scram = new ScramClient('scram-user', 'scram-secret', 'scram')
      const authextra = { nonce: scram.nonce }
      const { client, method, extra } = await challenged({
        authmethods: ['scram'],
        authid: 'scram-user',
        authextra,
      })
      assert.equal(method, 'scram')
      assert.deepEqual(Object.keys(extra), ['nonce', 'salt', 'kdf', 'iterations', 'memory'])
      assert.equal(extra['kdf'], 'argon2id-13')
      const welcome = welcomed(await client.ask([5, ...(await scram.answer(extra))]))
      assert.deepEqual(welcome['authextra'], { scram_server_signature: scram.serverSignature })
    })
  })
}

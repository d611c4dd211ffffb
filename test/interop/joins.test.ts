import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Wampy } from 'wampy'
import { CborSerializer } from 'wampy/CborSerializer.js'
import { sign as wampyCryptosign } from 'wampy/cryptosign.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import { sign as wampyCra } from 'wampy/wampcra.js'
import WebSocket from 'ws'
import { loadConfig } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { ClientKey } from '../support/proofs.ts'

const root = join(import.meta.dirname, '../..')
const seed = '07'.repeat(32)
const { publicKey: pubkey } = new ClientKey(Buffer.alloc(32, 7))

/** Clients in wide use, as they are, in the realm of bench/auth.yaml: each by all methods that it has. */
describe('Joining bench/auth.yaml', function () {
  this.timeout(60_000)
  let server: RunningServer
  let webSocket: string
  let rawSocket: string

  before(async () => {
    const config = await loadConfig(join(root, 'bench/auth.yaml'))
    const quiet = { ...config, log: { level: 'silent' as const } }
    server = await startServer(quiet, { port: 0, rawsocketPort: 0 })
    webSocket = `ws://127.0.0.1:${server.port}/ws`
    const tcp = server.addresses.find((address) => address.startsWith('tcp:'))
    assert(tcp !== undefined)
    rawSocket = tcp.replace(/^tcp:/, 'rs:')
  })
  after(() => server.close())

  describe('with autobahn for Python', () => {
    interface Place {
      readonly method: string
      readonly with: object
    }

    /** One join after the other, over both transports and two serializers. */
    async function joinAll(places: readonly Place[]): Promise<string[]> {
      const python = join(root, '.cache/python/bin/python')
      const script = join(root, 'test/interop/autobahn_joins.py')
      const child = spawn(python, ['-u', script], { stdio: ['pipe', 'pipe', 'pipe'] })
      const ends = once(child, 'close')
      const ways = [webSocket, rawSocket].flatMap((url) =>
        ['json', 'cbor'].map((serializer) => ({ url, serializer })),
      )
      const all = ways.flatMap((way) =>
        places.map((place) => ({ ...way, realm: 'auth1', ...place })),
      )
      child.stdin.end(`${JSON.stringify(all)}\n`)
      const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
      await ends
      const outcomes = out.trim().split('\n')
      assert.equal(outcomes.length, all.length, complaints)
      return outcomes.map((line) => {
        const { joined, left } = JSON.parse(line) as {
          joined?: { authid: string; authrole: string; authmethod: string }
          left?: string
        }
        return joined === undefined
          ? String(left)
          : `${joined.authid} ${joined.authrole} ${joined.authmethod}`
      })
    }

    it('works by ticket, wampcra plain and salted, scram and cryptosign, over WebSocket and RawSocket, JSON and CBOR', async () => {
      const outcomes = await joinAll([
        { method: 'ticket', with: { authid: 'ticket-user', ticket: 'ticket-secret' } },
        { method: 'wampcra', with: { authid: 'cra-user', secret: 'cra-secret' } },
        { method: 'wampcra', with: { authid: 'cra-salted', secret: 'cra-secret' } },
        {
          method: 'scram',
          with: {
            authid: 'scram-user',
            password: 'scram-secret',
          },
        },
        { method: 'cryptosign', with: { authid: 'sign-user', privkey: seed } },
        { method: 'cryptosign', with: { privkey: seed } },
      ])
      const each = [
        'ticket-user user ticket',
        'cra-user user wampcra',
        'cra-salted user wampcra',
        'scram-user user scram',
        'sign-user user cryptosign',
        'sign-user user cryptosign',
      ]
      assert.deepEqual(outcomes, [...each, ...each, ...each, ...each])
    })

    it('is denied with wrong secrets, by each method alike', async () => {
      const outcomes = await joinAll([
        { method: 'ticket', with: { authid: 'ticket-user', ticket: 'wrong' } },
        { method: 'wampcra', with: { authid: 'cra-salted', secret: 'wrong' } },
        { method: 'scram', with: { authid: 'scram-user', password: 'wrong' } },
        { method: 'scram', with: { authid: 'nobody', password: 'wrong' } },
        { method: 'cryptosign', with: { authid: 'sign-user', privkey: '09'.repeat(32) } },
      ])
      assert.equal(outcomes.length, 20)
      assert.deepEqual(new Set(outcomes), new Set(['wamp.error.authentication_denied']))
    })
  })

  describe('with wampy', () => {
    const serializers = {
      JSON: () => ({}),
      MessagePack: () => ({ serializer: new MsgpackSerializer() }),
      CBOR: () => ({ serializer: new CborSerializer() }),
    }

    async function joinBy(options: object): Promise<string> {
      const wampy = new Wampy(webSocket, {
        realm: 'auth1',
        ws: WebSocket as never,
        autoReconnect: false,
        ...options,
      })
      try {
        const { authid, authrole, authmethod } = await wampy.connect()
        await wampy.disconnect()
        return `${String(authid)} ${String(authrole)} ${String(authmethod)}`
      } catch (error) {
        return (error as { errorUri?: string }).errorUri ?? String(error)
      }
    }

    for (const [name, serializer] of Object.entries(serializers))
      it(`and ${name} works by ticket, wampcra plain and salted, and cryptosign`, async () => {
        const more = serializer()
        const by = (method: string, authid: string, onChallenge: unknown, authextra = {}) =>
          joinBy({ ...more, authid, authmethods: [method], onChallenge, authextra })
        const ticket = (): string => 'ticket-secret'
        assert.equal(await by('ticket', 'ticket-user', ticket), 'ticket-user user ticket')
        const cra = wampyCra('cra-secret')
        assert.equal(await by('wampcra', 'cra-user', cra), 'cra-user user wampcra')
        assert.equal(await by('wampcra', 'cra-salted', cra), 'cra-salted user wampcra')
        const sign = wampyCryptosign(seed)
        const signed = await by('cryptosign', 'sign-user', sign, { pubkey })
        assert.equal(signed, 'sign-user user cryptosign')
        for (const [method, authid] of [
          ['ticket', 'cra-user'],
          ['ticket', 'nobody'],
        ] as const)
          assert.equal(await by(method, authid, ticket), 'wamp.error.authentication_denied')
      })
  })

  describe('with autobahn for JavaScript', () => {
    interface Autobahn {
      readonly Connection: new (options: object) => Connection
      readonly serializer: Readonly<Record<string, new () => object>>
      readonly auth_cra: {
        sign(key: string, challenge: string): string
        derive_key(secret: string, salt: string, iterations: number, keylen: number): string
      }
      readonly auth_cryptosign: { sign_challenge(key: object, extra: object): string }
      readonly nacl: { sign: { keyPair: { fromSeed(seed: Uint8Array): object } } }
      readonly log: { warn: (...args: unknown[]) => void }
    }
    interface Connection {
      open(): void
      close(): void
    }
    type Extra = Readonly<{ challenge: string; salt?: string; iterations: number; keylen: number }>
    let autobahn: Autobahn

    before(() => {
      const scope = globalThis as { WebSocket?: unknown }
      scope.WebSocket ??= WebSocket
      const require = createRequire(import.meta.url)
      autobahn = require('autobahn') as Autobahn
      autobahn.log.warn = () => undefined
    })

    function joinBy(options: object, serializer: string): Promise<string> {
      const Serializer = autobahn.serializer[serializer]
      assert(Serializer !== undefined)
      return new Promise((resolve) => {
        const connection = new autobahn.Connection({
          url: webSocket,
          realm: 'auth1',
          serializers: [new Serializer()],
          max_retries: 0,
          ...options,
        })
        Object.assign(connection, {
          onopen: (_session: object, details: Record<string, unknown>) => {
            const { authid, authrole, authmethod } = details
            resolve(`${String(authid)} ${String(authrole)} ${String(authmethod)}`)
            connection.close()
          },
          onclose: (reason: string, details: { reason?: string }) => {
            resolve(details.reason ?? reason)
            return true
          },
        })
        connection.open()
      })
    }

    for (const [name, serializer] of [
      ['JSON', 'JSONSerializer'],
      ['MessagePack', 'MsgpackSerializer'],
      ['CBOR', 'CBORSerializer'],
    ] as const)
      it(`and ${name} works by ticket, wampcra plain and salted, and cryptosign`, async () => {
        const by = (
          method: string,
          authid: string | undefined,
          onchallenge: unknown,
          authextra?: object,
        ) => joinBy({ authid, authmethods: [method], onchallenge, authextra }, serializer)
        const ticket = (): string => 'ticket-secret'
        assert.equal(await by('ticket', 'ticket-user', ticket), 'ticket-user user ticket')
        const { auth_cra: cra, auth_cryptosign: cryptosign, nacl } = autobahn
        const signing = (_session: object, _method: string, extra: Extra): string => {
          const { salt, iterations, keylen, challenge } = extra
          const key =
            salt === undefined
              ? 'cra-secret'
              : cra.derive_key('cra-secret', salt, iterations, keylen)
          return cra.sign(key, challenge)
        }
        assert.equal(await by('wampcra', 'cra-user', signing), 'cra-user user wampcra')
        assert.equal(await by('wampcra', 'cra-salted', signing), 'cra-salted user wampcra')
        const key = nacl.sign.keyPair.fromSeed(Buffer.alloc(32, 7))
        const answering = (_session: object, _method: string, extra: object): string =>
          cryptosign.sign_challenge(key, extra)
        const signed = await by('cryptosign', undefined, answering, { pubkey })
        assert.equal(signed, 'sign-user user cryptosign')
        assert.equal(await by('ticket', 'nobody', ticket), 'wamp.error.authentication_denied')
      })
  })
})

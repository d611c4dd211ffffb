import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { parseConfig } from '../../config.ts'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import { tlsAuthenticator } from '../../authenticators/tls.ts'
import type { PeerCertificate } from '../../router/access.ts'
import { startServer, type RunningServer } from '../../server.ts'
import {
  createAuthority,
  createCertificates,
  type Pair,
  type TestCertificates,
} from '../support/certificates.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { ClientKey, ScramClient } from '../support/proofs.ts'
import { allRoles, WampClient, type Wire } from '../support/wamp-client.ts'
import { isChallengeRequest, joining, refusedWith } from './attempt.ts'

type Details = Readonly<Record<string, unknown>>

const key = new ClientKey(Buffer.alloc(32, 7))

/** What cryptosign XORs with: what both ends of a TLS connection know of it. */
function channelId(client: WampClient, type: 'tls-exporter' | 'tls-unique'): Buffer {
  const socket = client.socket as TLSSocket
  if (type === 'tls-exporter')
    return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  const finished = socket.getFinished()
  assert(finished !== undefined)
  return createHash('sha256').update(finished).digest()
}

describe('TLS as it proves who joins', () => {
  let files: TestCertificates
  let known: Pair
  let pinned: Pair
  let server: RunningServer
  const clients: WampClient[] = []

  before(async () => {
    files = await createCertificates()
    known = files.authority.issue('lamp', {
      names: [{ type: 'dns', value: 'lamp.house.example' }],
    })
    pinned = createAuthority('Nobody').issue('pinned')
    const { fingerprint256 } = new X509Certificate(pinned.cert)
    const paths = `key: ${files.files.key}, cert: ${files.files.cert}, ca: ${files.files.ca}`
    const config = parseConfig(
      `listen: { websocket: { host: 127.0.0.1, port: 0, longpoll: /lp, rawsocket: true, tls: { ${paths}, clientCertificates: request } } }
store: memory
log: { level: silent }
realms:
  - uri: house
    authmethods: [tls, cryptosign, wamp-scram, ticket]
    routerKey: '${'08'.repeat(32)}'
    principals:
      - { authid: lamp, role: bridge, certificate: { name: 'DNS:lamp.house.example' } }
      - { authid: pinned, role: bridge, certificate: { fingerprint256: '${fingerprint256}' } }
      - { authid: signer, role: bridge, publicKey: ${key.publicKey} }
      - { authid: typist, role: bridge, scram: { kdf: pbkdf2, salt: AAAAAAAAAAAAAAAAAAAAAA==, iterations: 4096, secret: pencil } }`,
      'the test',
    )
    server = await startServer(config)
  })
  after(async () => {
    for (const client of clients) client.drop()
    await server.close()
    await files.remove()
  })

  type Transport = 'websocket' | 'rawsocket' | 'longpoll'

  async function connect(transport: Transport, more: ConnectionOptions = {}): Promise<WampClient> {
    const tls = { ca: files.authority.cert, ...more }
    const port = server.port ?? 0
    const client =
      transport === 'websocket'
        ? await WampClient.webSocket(`wss://localhost:${port}/ws`, 'json', {
            tls: { host: '127.0.0.1', ...tls },
          })
        : transport === 'rawsocket'
          ? await WampClient.rawSocket({ port }, 'json', 15, { tls })
          : await WampClient.longPoll(`https://127.0.0.1:${port}/lp`, 'json', { tls })
    clients.push(client)
    return client
  }

  const hello = (details: Details): Wire => [1, 'house', { roles: allRoles, ...details }]

  async function joinBy(pair: Pair | undefined, transport: Transport, authmethods: string[]) {
    const client = await connect(transport, pair)
    return client.ask(hello({ authmethods }))
  }

  describe('by the client’s certificate', () => {
    it('lets in without a challenge whom a certificate of our authority names, or whose very certificate is known', async () => {
      for (const transport of ['websocket', 'rawsocket', 'longpoll'] as const) {
        for (const [pair, authid] of [
          [known, 'lamp'],
          [pinned, 'pinned'],
        ] as const) {
          const [type, , details] = await joinBy(pair, transport, ['tls'])
          assert.equal(type, 2)
          const { authid: found, authrole, authmethod, authprovider } = details as Details
          assert.deepEqual(
            [found, authrole, authmethod, authprovider],
            [authid, 'bridge', 'tls', 'static'],
          )
        }
      }
    })

    it('does not let in another authority’s certificate of the same name, nor an unknown one, nor who shows none', async () => {
      const forged = createAuthority().issue('lamp', {
        names: [{ type: 'dns', value: 'lamp.house.example' }],
      })
      const stranger = files.authority.issue('stranger')
      for (const pair of [forged, stranger]) {
        const [type, , reason] = await joinBy(pair, 'rawsocket', ['tls'])
        assert.deepEqual([type, reason], [3, 'wamp.error.authentication_denied'])
      }
      const [type, , reason] = await joinBy(undefined, 'websocket', ['tls'])
      assert.deepEqual([type, reason], [3, 'wamp.error.no_matching_auth_method'])
      assert.deepEqual(await joinBy(undefined, 'websocket', ['tls', 'ticket']), [4, 'ticket', {}])
    })
  })

  describe('by cryptosign with a channel binding', () => {
    async function binds(
      type: 'tls-exporter' | 'tls-unique',
      transport: 'rawsocket' | 'websocket',
      version: 'TLSv1.3' | 'TLSv1.2',
    ): Promise<void> {
      const open = async () => {
        const client = await connect(transport, { minVersion: version, maxVersion: version })
        const authextra = { pubkey: key.publicKey, channel_binding: type }
        const [, , extra] = await client.ask(hello({ authmethods: ['cryptosign'], authextra }))
        return { client, extra: extra as Details }
      }
      const { client, extra } = await open()
      assert.equal(extra['channel_binding'], type)
      const [welcome] = await client.ask([5, key.answer(extra, channelId(client, type)), {}])
      assert.equal(welcome, 2)
      // What was made for another connection, or for none, is worth nothing here.
      const [here, there] = [await open(), await open()]
      const relayed = key.answer(here.extra, channelId(there.client, type))
      assert.equal((await here.client.ask([5, relayed, {}]))[2], 'wamp.error.authentication_denied')
      const unbound = key.answer(there.extra)
      assert.equal(
        (await there.client.ask([5, unbound, {}]))[2],
        'wamp.error.authentication_denied',
      )
    }

    it('tls-unique has challenge XOR channel id signed; a type that there is not is answered with null, and the join goes on', async () => {
      await binds('tls-unique', 'rawsocket', 'TLSv1.2')
      await binds('tls-unique', 'websocket', 'TLSv1.2')
      for (const type of ['tls-unique', 'tls-server-end-point', 'unheard-of']) {
        const client = await connect('rawsocket', { minVersion: 'TLSv1.3' })
        const authextra = { pubkey: key.publicKey, channel_binding: type }
        const [, , extra] = await client.ask(hello({ authmethods: ['cryptosign'], authextra }))
        assert.equal((extra as Details)['channel_binding'], null)
        assert.equal((await client.ask([5, key.answer(extra as Details), {}]))[0], 2)
      }
    })

    it('tls-exporter (RFC 9266) has challenge XOR channel id signed, under TLS 1.3 as under TLS 1.2', async () => {
      for (const transport of ['rawsocket', 'websocket'] as const)
        for (const version of ['TLSv1.3', 'TLSv1.2'] as const)
          await binds('tls-exporter', transport, version)
    })

    it('binds the router’s own proof to the channel as well', async () => {
      const client = await connect('rawsocket')
      const challenge = 'cd'.repeat(32)
      const authextra = { pubkey: key.publicKey, channel_binding: 'tls-exporter', challenge }
      const [, , extra] = await client.ask(hello({ authmethods: ['cryptosign'], authextra }))
      const { signature, pubkey } = extra as Details
      const router = new ClientKey(Buffer.alloc(32, 8))
      assert.equal(pubkey, router.publicKey)
      assert.equal(signature, router.answer({ challenge }, channelId(client, 'tls-exporter')))
    })

    it('is not to be had over long-poll, whose requests may come by several connections', async () => {
      const client = await connect('longpoll')
      const authextra = { pubkey: key.publicKey, channel_binding: 'tls-exporter' }
      const [, , extra] = await client.ask(hello({ authmethods: ['cryptosign'], authextra }))
      assert.equal((extra as Details)['channel_binding'], null)
    })
  })

  describe('by wamp-scram with a channel binding', () => {
    async function shake(transport: Transport, type: string, spoil?: (data: Buffer) => void) {
      const client = await connect(transport)
      const scram = new ScramClient('typist', 'pencil')
      const data =
        transport === 'longpoll' ? Buffer.alloc(0) : Buffer.from(channelId(client, 'tls-exporter'))
      spoil?.(data)
      scram.binding = { type, data }
      const { authextra } = scram
      const details = { authmethods: ['wamp-scram'], authid: 'typist', authextra }
      const answer = await client.ask(hello(details))
      if (answer[0] !== 4) return { answer, scram }
      return { answer: await client.ask([5, ...(await scram.answer(answer[2] as Details))]), scram }
    }

    it('has p=<type> and the channel’s data in c=, and is refused where the data is another’s', async () => {
      const { answer, scram } = await shake('rawsocket', 'tls-exporter')
      const { authextra } = answer[2] as { authextra: unknown }
      assert.deepEqual(authextra, { verifier: scram.serverSignature })
      const spoilt = await shake('rawsocket', 'tls-exporter', (data) => data.fill(1))
      assert.deepEqual(spoilt.answer, [
        3,
        { message: 'the proof does not hold', scram: 'channel-bindings-dont-match' },
        'wamp.error.authentication_denied',
      ])
    })

    it('is aborted when it is asked for and not to be had, never less than what was asked for', async () => {
      for (const [transport, type, scram] of [
        ['rawsocket', 'tls-server-end-point', 'unsupported-channel-binding-type'],
        ['longpoll', 'tls-exporter', 'channel-binding-not-supported'],
      ] as const) {
        const { answer } = await shake(transport, type)
        const message = 'no such channel binding here'
        assert.deepEqual(answer, [3, { message, scram }, 'wamp.error.authentication_failed'])
      }
    })
  })
})

describe('A client certificate', () => {
  const clock = new ManualClock()
  const fingerprint256 = 'AA:'.repeat(31) + 'AA'
  const principals = new StaticPrincipals([
    { authid: 'one', role: 'app', certificate: { name: 'DNS:one' } },
    { authid: 'two', role: 'app', certificate: { name: 'DNS:two' } },
    { authid: 'pinned', role: 'app', certificate: { fingerprint256 } },
  ])
  let reasons: unknown[]
  beforeEach(() => (reasons = []))

  async function by(given: Partial<PeerCertificate>) {
    const certificate: PeerCertificate = {
      subject: 'CN=one',
      fingerprint256: 'BB',
      subjectAltNames: ['DNS:one'],
      validTo: clock.now() + 1_000,
      authorized: true,
      ...given,
    }
    const authenticator = tlsAuthenticator({
      principals,
      clock,
      log: (_level, _message, { reason }) => reasons.push(reason),
    })
    const { request, attempt } = joining({ peer: { certificate } })
    const step = await authenticator.begin(request, attempt)
    assert(!isChallengeRequest(step))
    return step
  }

  it('ends its session when it ends, and lets nobody in after that, pinned or not', async () => {
    assert.equal((await by({})).expiresAt, clock.now() + 1_000)
    for (const validTo of [clock.now(), clock.now() - 1, NaN])
      for (const more of [{}, { fingerprint256 }])
        await refusedWith('wamp.error.authentication_denied', () => by({ ...more, validTo }))
    assert.deepEqual(new Set(reasons), new Set(['certificate_expired']))
  })

  it('counts by its fingerprint whoever signed it, and by a name only where our authority did', async () => {
    assert.equal((await by({ fingerprint256, authorized: false })).authid, 'pinned')
    await refusedWith('wamp.error.authentication_denied', () => by({ authorized: false }))
    assert.deepEqual(reasons, ['certificate_of_another_authority'])
  })

  it('that names two components, or none, is nobody’s', async () => {
    assert.equal((await by({ subjectAltNames: ['DNS:x', 'DNS:two'] })).authid, 'two')
    for (const subjectAltNames of [['DNS:one', 'DNS:two'], ['URI:one'], ['DNS:One '], []])
      await refusedWith('wamp.error.authentication_denied', () => by({ subjectAltNames }))
  })
})

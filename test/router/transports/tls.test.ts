import assert from 'node:assert/strict'
import { once } from 'node:events'
import { X509Certificate } from 'node:crypto'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { listenHttp, listenTcp, type Listening } from '../../../listeners.ts'
import type { PeerFacts } from '../../../router/access.ts'
import { Router } from '../../../router/router.ts'
import { Certificates, type TlsOptions } from '../../../router/transports/certificates.ts'
import {
  createAuthority,
  createCertificates,
  type TestCertificates,
} from '../../support/certificates.ts'
import { ask } from '../../support/longpoll-line.ts'
import { allowAll, anyone } from '../../support/open-router.ts'
import { until } from '../../support/until.ts'
import { WampClient, type LineOptions } from '../../support/wamp-client.ts'
import { assertViolation } from '../acceptance/scene.ts'

describe('TLS', () => {
  let files: TestCertificates
  let router: Router
  let closers: (() => unknown)[]

  before(async () => {
    files = await createCertificates()
  })
  after(() => files.remove())

  beforeEach(() => {
    router = new Router({ limits: { messageBytes: 100_000, joinMessageBytes: 2_000, joinMs: 300 } })
    router.addRealm({ uri: 'realm1', authenticators: [anyone], authorizer: allowAll })
    closers = []
  })
  afterEach(async () => {
    for (const close of closers.toReversed()) await close()
    await router.close()
  })

  const certificatesOf = async (options: Partial<TlsOptions> = {}): Promise<Certificates> => {
    const { key, cert } = files.files
    const certificates = await Certificates.read({ key, cert, ...options }, router)
    closers.push(() => certificates.close())
    return certificates
  }
  /** A port for WebSocket and long-poll, and one for RawSocket, that take nothing but TLS. */
  const listen = async (
    options: Partial<TlsOptions> = {},
  ): Promise<{ port: number; rawPort: number; http: Listening; raw: Listening }> => {
    const certificates = await certificatesOf(options)
    const place = { host: '127.0.0.1', port: 0, certificates }
    const http = await listenHttp(
      router,
      { ...place, path: '/ws', longpoll: '/lp' },
      (_request, response) => response.end('the page'),
    )
    const raw = await listenTcp(router, place)
    for (const each of [http, raw]) closers.push(() => each.close())
    const rawPort = Number(new URL(raw.addresses[0] ?? '').port)
    return { port: http.port, rawPort, http, raw }
  }
  const trusting = (options: ConnectionOptions = {}): Required<Pick<LineOptions, 'tls'>> => ({
    tls: { ca: files.authority.cert, ...options },
  })
  const facts = (): PeerFacts | undefined => {
    const [session] = router.realm('realm1')?.sessions.values() ?? []
    return session?.facts
  }
  const clients = {
    websocket: ({ port }: { port: number }, tls = trusting()) =>
      WampClient.webSocket(`wss://127.0.0.1:${port}/ws`, 'json', tls),
    longpoll: ({ port }: { port: number }, tls = trusting()) =>
      WampClient.longPoll(`https://127.0.0.1:${port}/lp`, 'json', tls),
    rawsocket: ({ rawPort }: { rawPort: number }, tls = trusting()) =>
      WampClient.rawSocket({ port: rawPort }, 'json', 15, tls),
  } as const

  it('carries WebSocket, RawSocket, long-poll and the page', async () => {
    const place = await listen()
    assert.deepEqual(
      [...place.http.addresses, ...place.raw.addresses],
      [
        `wss://127.0.0.1:${place.port}/ws`,
        `https://127.0.0.1:${place.port}/lp`,
        `tls://127.0.0.1:${place.rawPort}`,
      ],
    )
    for (const [transport, connectTo] of Object.entries(clients)) {
      const client = await connectTo(place)
      await client.join()
      assert.equal(facts()?.transport, transport)
      assert.equal(facts()?.encrypted, true)
      assert.equal(facts()?.address, '127.0.0.1')
      client.echo()
      await client.register('lamp.switch')
      const caller = await connectTo(place)
      await caller.join()
      const result = await caller.ask([48, 1, {}, 'lamp.switch', ['on']])
      assert.deepEqual([result[0], result[3]], [50, ['on']])
      client.drop()
      caller.drop()
      await until(() => router.connections === 0)
    }
    const page = await ask(`https://127.0.0.1:${place.port}/`, { method: 'GET', ...trusting() })
    assert.equal(page.body.toString(), 'the page')
  })

  it('is needed where it is configured: what comes without it is told so, or closed', async () => {
    const place = await listen()
    const answer = await ask(`http://127.0.0.1:${place.port}/lp/open`)
    assert.deepEqual([answer.status, answer.body.toString()], [400, 'This port speaks TLS.\n'])
    for (const port of [place.port, place.rawPort]) {
      const client = await WampClient.rawSocket({ port })
      await client.closed
    }
    assert.equal(router.connections, 0)
  })

  it('is of version 1.2 or later', async () => {
    const { port } = await listen()
    const old = connect({
      port,
      host: '127.0.0.1',
      ...trusting().tls,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    await assert.rejects(once(old, 'secureConnect'))
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = connect({ port, host: '127.0.0.1', ...trusting().tls, maxVersion: version })
      await once(socket, 'secureConnect')
      assert.equal(socket.getProtocol(), version)
      socket.destroy()
    }
  })

  it('refuses a message that is too long before it is there, as without', async () => {
    const place = await listen()
    const client = await clients.websocket(place)
    await client.join()
    client.sendBytes(Buffer.alloc(2_000_000, 0x20))
    await assertViolation(client)
  })

  it('gives both ends the same tls-exporter, and tls-unique under version 1.2 only', async () => {
    const place = await listen()
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await securedRaw(place.rawPort, { maxVersion: version })
      const ours = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
      assert.deepEqual(bound('tls-exporter'), ours)
      const unique = version === 'TLSv1.2' ? socket.getFinished() : undefined
      assert.deepEqual(bound('tls-unique'), unique)
      assert.equal(bound('tls-server-end-point'), undefined)
      socket.destroy()
      await until(() => router.connections === 0)
    }
  })

  it('gives no channel binding to long-poll, which is many connections', async () => {
    const client = await clients.longpoll(await listen())
    await client.join()
    assert.equal(facts()?.channelBinding, undefined)
    client.drop()
  })

  describe('certificates of clients', () => {
    const names = [
      { type: 'dns', value: 'lamp.house.example' },
      { type: 'uri', value: 'urn:lamp:7' },
    ] as const

    it('are told to authenticators over each transport: subject, fingerprint, names, end, and whether one signed them', async () => {
      const place = await listen({ ca: files.files.ca, clientCertificates: 'request' })
      const lamp = files.authority.issue('lamp', { names })
      const stranger = createAuthority('Elsewhere').issue('lamp', { names })
      for (const [pair, authorized] of [
        [lamp, true],
        [stranger, false],
      ] as const) {
        const known = new X509Certificate(pair.cert)
        for (const connectTo of Object.values(clients)) {
          const client = await connectTo(place, trusting(pair))
          await client.join()
          assert.deepEqual(facts()?.certificate, {
            subject: 'CN=lamp',
            fingerprint256: known.fingerprint256,
            subjectAltNames: ['DNS:lamp.house.example', 'URI:urn:lamp:7'],
            validTo: Date.parse(known.validTo),
            authorized,
          })
          client.drop()
          await until(() => router.connections === 0)
        }
      }
      const bare = await clients.websocket(place)
      await bare.join()
      assert.equal(facts()?.certificate, undefined)
      bare.drop()
    })

    it('may be of nobody but their alternative names', async () => {
      const place = await listen({ ca: files.files.ca, clientCertificates: 'request' })
      for (const connectTo of Object.values(clients)) {
        const client = await connectTo(place, trusting(files.authority.issue('', { names })))
        await client.join()
        const { subject, subjectAltNames } = facts()?.certificate ?? {}
        assert.deepEqual([subject, subjectAltNames?.[0]], ['', 'DNS:lamp.house.example'])
        client.drop()
        await until(() => router.connections === 0)
      }
    })

    it('without authorities of our own are signed by none, whatever the system trusts', async () => {
      const place = await listen({ clientCertificates: 'request' })
      const client = await clients.websocket(place, trusting(files.authority.issue('lamp')))
      await client.join()
      assert.equal(facts()?.certificate?.authorized, false)
      client.drop()
    })

    it('that are required keep out who has none, or one that nobody signed or that has ended', async () => {
      const place = await listen({ ca: files.files.ca, clientCertificates: 'require' })
      const refused = [
        {},
        createAuthority('Elsewhere').issue('lamp'),
        files.authority.issue('lamp', { validForMs: -1_000 }),
      ]
      for (const pair of refused) {
        await assert.rejects(clients.websocket(place, trusting(pair)))
        await assert.rejects(clients.longpoll(place, trusting(pair)))
      }
      const client = await clients.websocket(place, trusting(files.authority.issue('lamp')))
      await client.join()
      client.drop()
    })

    it('that opened a long-poll are needed for all its requests: who learns its id gets nowhere', async () => {
      const place = await listen({ ca: files.files.ca, clientCertificates: 'request' })
      const base = `https://127.0.0.1:${place.port}/lp`
      const lamp = trusting(files.authority.issue('lamp'))
      const opened = await ask(`${base}/open`, { ...lamp, body: '{"protocols":["wamp.2.json"]}' })
      const { transport } = JSON.parse(opened.body.toString()) as { transport: string }
      const thief = trusting(files.authority.issue('lamp'))
      for (const tls of [trusting(), thief])
        for (const verb of ['receive', 'send', 'close'])
          assert.equal((await ask(`${base}/${transport}/${verb}`, tls)).status, 404)
      assert.equal((await ask(`${base}/${transport}/close`, lamp)).status, 202)
    })
  })

  function bound(type: string): Uint8Array | undefined {
    return facts()?.channelBinding?.(type)
  }

  /** A session over RawSocket whose TLS is ours to look into. */
  async function securedRaw(port: number, options: ConnectionOptions): Promise<TLSSocket> {
    const socket = connect({ port, host: '127.0.0.1', ...trusting(options).tls })
    await once(socket, 'secureConnect')
    const hello = Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]')
    socket.write(Buffer.concat([Buffer.of(0x7f, 0xf1, 0, 0, 0, 0, 0, hello.length), hello]))
    await until(() => facts() !== undefined)
    return socket
  }
})

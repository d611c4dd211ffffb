import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from '../../clients/app.ts'
import { Device } from '../../clients/device.ts'
import { longPollClass } from '../../clients/longpoll.ts'
import { rawSocketClass } from '../../clients/rawsocket.ts'
import { clientClock } from '../../clients/timers.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import type { WebSocketClass } from '../../clients/wire.ts'
import { dataFolder } from '../../data-folder.ts'
import { lamp as makeLamp } from '../../demo/devices/lamp.ts'
import { runDemo, type DemoHouse } from '../../demo/house.ts'
import { issueToken } from '../../demo/token.ts'
import { createCertificates, type TestCertificates } from '../support/certificates.ts'

/** All that a house can listen to: one port for three transports with and without TLS, and a Unix socket. */
const configuration = ({ key, cert }: TestCertificates['files'], socketFile: string): string => `
listen:
  websocket:
    host: localhost
    port: 8080
    path: /ws
    longpoll: /lp
    rawsocket: true
    tls: { key: ${key}, cert: ${cert}, required: false }
  rawsocket: { path: ${socketFile} }
realms:
  - { uri: home, authmethods: [ticket, cryptosign], shutdown: close }
console: { realm: home, issuer: http://localhost, clientId: latchkey }
log: { level: warn }
`

/** A transport: where it is, and what speaks it. */
interface Way {
  readonly name: string
  connection(): { readonly url: string; readonly webSocket: WebSocketClass }
}

describe('The lamp of the demo house', function () {
  this.timeout(60_000)

  let dir: string
  let certificates: TestCertificates
  let house: DemoHouse
  let ownerToken: string
  const open: { close(): Promise<void> }[] = []

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-ways-'))
    certificates = await createCertificates()
    const { configFile } = dataFolder(dir)
    const text = configuration(certificates.files, join(dir, 'raw.sock'))
    await writeFile(configFile, text, { mode: 0o600 })
    const quiet = (): void => undefined
    house = await runDemo({ dir, port: 0, log: quiet, out: quiet })
    ownerToken = await issueToken(dir, 'owner')
  })
  after(async () => {
    await Promise.all(open.map((client) => client.close()))
    await house.stop()
    await certificates.remove()
    await rm(dir, { recursive: true })
  })

  const port = (): number => Number(new URL(house.webSocket).port)
  const trust = (): { ca: string } => ({ ca: certificates.authority.cert })
  const unused = 'ws://localhost/'
  const ways: readonly Way[] = [
    {
      name: 'WebSocket',
      connection: () => ({ url: house.webSocket, webSocket: webSocketClass() }),
    },
    {
      name: 'WebSocket and TLS',
      connection: () => ({
        url: house.webSocket.replace('ws:', 'wss:'),
        webSocket: webSocketClass({ tls: trust() }),
      }),
    },
    {
      name: 'long-poll',
      connection: () => ({
        url: unused,
        webSocket: longPollClass(`http://localhost:${port()}/lp`),
      }),
    },
    {
      name: 'long-poll and TLS',
      connection: () => ({
        url: unused,
        webSocket: longPollClass(`https://localhost:${port()}/lp`, { tls: trust() }),
      }),
    },
    {
      name: 'RawSocket over TCP',
      connection: () => ({
        url: unused,
        webSocket: rawSocketClass({ host: 'localhost', port: port() }),
      }),
    },
    {
      name: 'RawSocket over TCP and TLS',
      connection: () => ({
        url: unused,
        webSocket: rawSocketClass({ host: 'localhost', port: port(), tls: trust() }),
      }),
    },
    {
      name: 'RawSocket over a Unix socket',
      connection: () => ({
        url: unused,
        webSocket: rawSocketClass({ path: join(dir, 'raw.sock') }),
      }),
    },
  ]

  const signIn = async (way: Way): Promise<App> => {
    const app = new App({ ...way.connection(), realm: 'home', token: () => ownerToken })
    open.push(app)
    await app.connect()
    return app
  }

  /** Switches it twice, and sees it. */
  const switchIt = async (caller: App, name: string): Promise<void> => {
    for (const on of [true, false]) {
      assert.deepEqual((await caller.call(`${name}.switch`, [on])).args, [{ on }])
      assert.deepEqual((await caller.call(`${name}.state`)).args, [{ on }])
    }
  }

  it('is switched over each transport in turn, with and without TLS, by who knows only its name', async () => {
    for (const way of ways) {
      const caller = await signIn(way)
      await switchIt(caller, 'lamp')
      await caller.close()
    }
  })

  it('may itself be connected over any of them: who calls it does not notice', async () => {
    const caller = await signIn(ways[0] as Way)
    const operator = new App({
      url: unused,
      realm: 'home',
      webSocket: rawSocketClass({ path: dataFolder(dir).socketFile }),
    })
    open.push(operator)
    await operator.connect()
    const { args } = await operator.call('latchkey.provisioning.token.create', [], {
      ecosystem: 'home',
      class: 'light',
      prefix: 'porch',
    })
    const { codes } = args[0] as { codes: string[] }
    for (const way of ways) {
      const thing = makeLamp(() => undefined, clientClock)
      const device = new Device({
        ...way.connection(),
        realm: 'home',
        stateDir: join(dir, 'porch'),
        code: codes[0] ?? '',
        procedures: { ...thing.procedures, state: () => thing.state() },
      })
      open.push(device)
      await device.connect()
      await switchIt(caller, 'porch')
      await device.close()
    }
  })
})

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { App, rawSocketClass } from '../clients/index.ts'
import { ConfigError, parseConfig } from '../config.ts'
import { DataFolderError } from '../data-folder.ts'
import { ListenError } from '../listeners.ts'
import { startServer } from '../server.ts'
import { createCertificates } from './support/certificates.ts'
import { until } from './support/until.ts'
import { WampClient } from './support/wamp-client.ts'

const logger = pino({ level: 'silent' })
const root = fileURLToPath(new URL('..', import.meta.url))

function configuration(more = ''): string {
  return `listen: { websocket: { host: 127.0.0.1, port: 0 } }
realms:
  - uri: open
    authmethods: [anonymous]
    rules: [{ role: anonymous, uri: '', match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }]
  - uri: house
    shutdown: close
    authmethods: [anonymous, ticket]
${more}`
}

/** Processes of the test that runs: one that fails leaves none behind. */
const children: ChildProcess[] = []

/** `latchkey start` as a process of its own. */
async function startProcess(dir: string, ...args: string[]) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', 'tsx', 'cli.ts', 'start', '--dir', dir, ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  children.push(child)
  assert.ok(child.stdout && child.stderr)
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += String(chunk)))
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const addresses: string[] = []
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      addresses.push(line.replace('listening on ', ''))
      if (line.includes('ws://')) resolve()
    })
    void exit.then((code) => reject(new Error(`exited with ${code}: ${errors}`)))
  })
  return {
    child,
    exit,
    ready,
    addresses,
    url: () => addresses.find((a) => a.startsWith('ws:')) ?? '',
  }
}

describe('a server', function () {
  this.timeout(30_000)
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-server-'))
    await writeFile(join(dir, 'latchkey.yaml'), configuration())
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(dir, { recursive: true, force: true })
  })

  it('takes RawSocket and WebSocket on Unix sockets, which only their owner can open', async () => {
    const files = { raw: join(dir, 'raw.sock'), ws: join(dir, 'ws.sock') }
    const listen = `{ rawsocket: { path: ${files.raw} }, websocket: { host: 127.0.0.1, port: 0, longpoll: /lp, rawsocket: true, socket: ${files.ws} } }`
    const config = parseConfig(
      configuration().replace(/^listen: .*$/m, `listen: ${listen}`),
      'test',
    )
    const server = await startServer(config, { dir, logger })
    try {
      assert.deepEqual(
        server.addresses.filter((address) => address.startsWith('unix:')).sort(),
        [join(dir, 'latchkey.sock'), files.raw, files.ws].map((file) => `unix:${file}`),
      )
      for (const file of Object.values(files)) assert.equal((await stat(file)).mode & 0o777, 0o600)
      for (const connectTo of [
        () => WampClient.rawSocket({ path: files.raw }, 'msgpack'),
        () => WampClient.rawSocket({ path: files.ws }, 'json'),
        () => WampClient.webSocket(`ws+unix:${files.ws}:/ws`, 'json'),
      ]) {
        const client = await connectTo()
        await client.join('open')
        const [session] = server.router.realm('open')?.sessions.values() ?? []
        assert.deepEqual([session?.facts.address, session?.facts.operator], ['', false])
        client.drop()
        await until(() => server.router.connections === 0)
      }
    } finally {
      await server.close()
    }
  })

  it('takes the place of Unix sockets that a killed process left behind, and of nothing else', async () => {
    const path = join(dir, 'raw.sock')
    const config = parseConfig(
      configuration().replace(/^listen: .*$/m, `listen: { rawsocket: { path: ${path} } }`),
      'test',
    )
    const listenAndDie = `require('net').createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))`
    const killed = spawn(process.execPath, ['-e', listenAndDie])
    await once(killed, 'exit')
    assert.ok((await stat(path)).isSocket())
    const server = await startServer(config, { dir, logger })
    try {
      const client = await WampClient.rawSocket({ path })
      await client.join('open')
      client.drop()
    } finally {
      await server.close()
    }
    const living = createServer()
    living.listen(path)
    await once(living, 'listening')
    try {
      await assert.rejects(startServer(config, { dir, logger }), ListenError)
    } finally {
      living.close()
    }
    await writeFile(path, 'a letter')
    await assert.rejects(startServer(config, { dir, logger }), ListenError)
    assert.equal((await stat(path)).size, 8)
  })

  it('takes all transports on one port with TLS, as its configuration says', async () => {
    const certificates = await createCertificates()
    const { key, cert } = certificates.files
    const listen = `{ websocket: { host: 127.0.0.1, port: 0, longpoll: /lp, rawsocket: true, tls: { key: ${key}, cert: ${cert} } }, rawsocket: { port: 0, tls: { key: ${key}, cert: ${cert} } } }`
    const text = configuration().replace(/^listen: .*$/m, `listen: ${listen}`)
    const server = await startServer(parseConfig(text, 'test'), { dir, logger })
    try {
      const schemes = server.addresses.map((address) => address.split(':', 1)[0])
      assert.deepEqual(schemes, ['unix', 'tls', 'wss', 'https', 'tls'])
      const tls = { ca: certificates.authority.cert }
      const [, raw = '', webSocket = '', longPoll = ''] = server.addresses
      const ports = [Number(new URL(raw).port), server.port ?? 0]
      for (const connectTo of [
        () => WampClient.webSocket(webSocket, 'json', { tls }),
        () => WampClient.longPoll(longPoll, 'json', { tls }),
        ...ports.map((port) => () => WampClient.rawSocket({ port }, 'json', 15, { tls })),
      ]) {
        const client = await connectTo()
        await client.join('open')
        client.drop()
        await until(() => server.router.connections === 0)
      }
    } finally {
      await server.close()
      await certificates.remove()
    }
  })

  it('does not start with a certificate that cannot be used, and says which key is wrong', async () => {
    const listen = '{ websocket: { host: 127.0.0.1, port: 0, tls: { key: /nowhere, cert: /c } } }'
    const text = configuration().replace(/^listen: .*$/m, `listen: ${listen}`)
    await assert.rejects(startServer(parseConfig(text, 'test'), { dir, logger }), (error) => {
      assert(error instanceof ConfigError)
      assert.match(
        error.message,
        /^listen\.websocket cannot be used:\n  tls\.key was "\/nowhere": there is no such file$/,
      )
      return true
    })
  })

  it('ends all sessions at SIGTERM, as their realms say, and exits with 0', async () => {
    const { child, exit, ready, url } = await startProcess(dir)
    await ready
    const open = await WampClient.webSocket(url())
    await open.join('open')
    const house = await WampClient.webSocket(url())
    await house.join('house')
    child.kill('SIGTERM')
    const goodbye = await open.next()
    assert.deepEqual([goodbye[0], goodbye[2]], [6, 'wamp.close.system_shutdown'])
    open.send([6, {}, 'wamp.close.goodbye_and_out'])
    await open.closed
    await house.closed
    assert.deepEqual(house.pending, [])
    assert.equal(await exit, 0)
  })

  it('comes back from kill -9 with every grant and revocation it has acknowledged', async () => {
    const operatorOf = async (): Promise<App> => {
      const webSocket = rawSocketClass({ path: join(dir, 'latchkey.sock') })
      const app = new App({ url: 'ws://localhost', realm: 'house', webSocket })
      await app.connect()
      return app
    }
    const first = await startProcess(dir)
    await first.ready
    let operator = await operatorOf()
    const manage = async (uri: string, input: object): Promise<Record<string, unknown>> => {
      const { args } = await operator.call(`latchkey.${uri}`, [], { ...input })
      return args[0] as Record<string, unknown>
    }
    await manage('ecosystem.create', { id: 'home' })
    const issuer = 'http://127.0.0.1:1'
    await manage('person.create', { id: 'guest', name: 'guest', issuer, subject: 'g' })
    const acknowledged = new Map<string, boolean>()
    let killed = false
    try {
      for (;;) {
        const { id } = await manage('grant.create', { to: 'guest', ecosystem: 'home', level: 3 })
        acknowledged.set(String(id), false)
        if (acknowledged.size % 4 !== 0) {
          await manage('grant.revoke', { id })
          acknowledged.set(String(id), true)
        }
        // Killed while the next changes are on their way.
        if (acknowledged.size === 60) {
          killed = true
          setTimeout(() => first.child.kill('SIGKILL'), 5)
        }
      }
    } catch (error) {
      if (!killed) throw error
    }
    await first.exit
    await operator.close()
    assert.ok(acknowledged.size >= 60)

    const second = await startProcess(dir)
    await second.ready
    operator = await operatorOf()
    const { grants } = await manage('grant.list', { ecosystem: 'home', revoked: true })
    const kept = new Map((grants as { id: string; revoked_at?: unknown }[]).map((g) => [g.id, g]))
    for (const [id, revoked] of acknowledged) {
      assert.ok(kept.has(id), `grant ${id} is lost`)
      // A grant whose revocation was under way may be either; an acknowledged one is gone.
      if (revoked) assert.ok(kept.get(id)?.revoked_at, `the revocation of ${id} is lost`)
    }
    await operator.close()
    second.child.kill('SIGTERM')
    assert.equal(await second.exit, 0)
  })

  it('takes other ports from the command line', async () => {
    const { child, exit, ready, addresses } = await startProcess(dir, '--rawsocket-port', '0')
    await ready
    assert.match(addresses.join(), /tcp:\/\/127\.0\.0\.1:\d+/)
    child.kill('SIGTERM')
    assert.equal(await exit, 0)
  })

  it('that cannot be configured does not start, names the key, and exits with 2', async () => {
    await writeFile(join(dir, 'latchkey.yaml'), configuration('stoer: memory'))
    const { exit, ready } = await startProcess(dir)
    await assert.rejects(ready, /exited with 2: .*stoer/s)
    assert.equal(await exit, 2)
  })

  it('has a management socket that only its owner can open', async () => {
    const server = await startServer(parseConfig(configuration(), 'test'), { dir, logger })
    assert.equal((await stat(join(dir, 'latchkey.sock'))).mode & 0o777, 0o600)
    assert.equal((await stat(join(dir, 'latchkey.db'))).mode & 0o777, 0o600)
    await server.close()
  })

  it('is the only one of its data folder', async () => {
    const config = parseConfig(configuration(), 'test')
    const server = await startServer(config, { dir, logger })
    await assert.rejects(startServer(config, { dir, logger }), DataFolderError)
    await server.close()
    const again = await startServer(config, { dir, logger })
    await again.close()
  })

  it('says which address is taken, and leaves nothing open', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const config = parseConfig(configuration(), 'test')
    await assert.rejects(
      startServer(config, { dir, logger, port }),
      (error) =>
        error instanceof ListenError &&
        error.message === `cannot listen on 127.0.0.1:${port}: another program listens there`,
    )
    other.close()
    const server = await startServer(config, { dir, logger, port: 0 })
    await server.close()
  })

  it('never lets anonymous, who may do everything, near its own procedures', async () => {
    const server = await startServer(parseConfig(configuration(), 'test'), { dir, logger })
    const client = await WampClient.webSocket(`ws://127.0.0.1:${server.port}/ws`)
    await client.join('open')
    for (const uri of ['latchkey.grant.list', 'latchkey.status.get', 'latchkey.no.such']) {
      assert.equal((await client.ask([48, 1, {}, uri]))[4], 'wamp.error.not_authorized')
    }
    assert.equal((await client.ask([64, 2, {}, 'latchkey.mine']))[4], 'wamp.error.not_authorized')
    client.close()
    await server.close()
  })
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App } from '../../clients/app.ts'
import { Connection } from '../../clients/connection.ts'
import { ticket } from '../../clients/credential.ts'
import { rawSocketClass } from '../../clients/rawsocket.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import { runDemo } from '../../demo/house.ts'
import type { DemoHouse } from '../../demo/house.ts'
import { issueToken } from '../../demo/token.ts'
import { States } from '../clients/states.ts'
import { until } from '../support/until.ts'
import { childrenOf, gone, isAlive, listeners } from './processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const things = ['lamp', 'tv', 'door', 'safe']

describe('the demo house', function () {
  this.timeout(40_000)

  let dir: string
  let house: DemoHouse
  let shown = ''
  const logged: string[] = []
  const apps: App[] = []

  async function start(): Promise<DemoHouse> {
    return runDemo({
      dir,
      port: 0,
      log: (line) => logged.push(line),
      out: (text) => {
        shown = text
      },
    })
  }

  async function signIn(person: string, states = new States()): Promise<App> {
    const token = await issueToken(dir, person)
    const app = new App({
      url: house.webSocket,
      realm: 'home',
      token: () => token,
      webSocket: webSocketClass(),
      backoff: { shortestMs: 20, longestMs: 200 },
      onState: states.listen,
    })
    apps.push(app)
    await app.connect()
    return app
  }

  async function operator(): Promise<App> {
    const app = new App({
      url: 'ws://localhost/',
      realm: 'home',
      webSocket: rawSocketClass({ path: join(dir, 'latchkey.sock') }),
    })
    apps.push(app)
    await app.connect()
    return app
  }

  const pidOf = (name: string): number => {
    const pid = house.pids()[name]
    assert.ok(pid !== undefined, `no ${name} runs`)
    return pid
  }

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-demo-'))
    house = await start()
  })

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()))
  })

  after(async () => {
    await house.stop()
    await rm(dir, { recursive: true })
  })

  it('lets a guest switch the lamp and not open the safe, and the owner open it', async () => {
    const [guest, friend, owner] = await Promise.all(
      ['guest', 'friend', 'owner'].map((p) => signIn(p)),
    )
    assert.ok(guest && friend && owner)
    assert.deepEqual((await guest.call('lamp.switch', [true])).args, [{ on: true }])
    assert.deepEqual((await guest.call('tv.play', ['a film'])).args, [{ playing: 'a film' }])
    for (const person of [guest, friend])
      await assert.rejects(person.call('safe.open'), { uri: 'wamp.error.not_authorized' })
    assert.deepEqual((await owner.call('safe.open')).args, [{ open: true }])
    assert.deepEqual((await owner.call('safe.state')).args, [{ open: true }])
  })

  it('opens the door for two factors alone, of which the watch is one, and says what the watch confirmed', async () => {
    const [guest, owner] = await Promise.all([signIn('guest'), signIn('owner')])
    const denied = {
      uri: 'wamp.error.authorization_required',
      kwargs: {
        error: 'insufficient_user_authentication',
        acr_values: 'gold',
        max_age: 300,
        uri: 'door.unlock',
      },
    }
    for (const person of [guest, owner]) await assert.rejects(person.call('door.unlock'), denied)
    const open = { locked: false, relocks_in_ms: 5_000 }
    for (const [name, person] of Object.entries({ guest, owner })) {
      const { args } = await person.call('door.unlock', [], {}, { stepUp: 'push' })
      assert.deepEqual(args, [open])
      assert.ok(logged.includes(`${name}_watch: ${name} confirms door.unlock()`))
      await assert.rejects(person.call('door.unlock'), denied, 'it was for one call')
    }
    const strong = new App({
      url: house.webSocket,
      realm: 'home',
      token: () => issueToken(dir, 'friend', 'gold'),
      webSocket: webSocketClass(),
    })
    apps.push(strong)
    await strong.connect()
    assert.deepEqual((await strong.call('door.unlock')).args, [open])
  })

  it('has watches with keys of their own, enrolled at what their people had proven', async () => {
    for (const person of ['owner', 'guest']) {
      const app = await signIn(person)
      const { authenticators } = await app.ask('latchkey.authenticator.list', {})
      assert.deepEqual(
        authenticators.map(({ kind, acr }) => [kind, acr]),
        [['watch', 'aal2']],
      )
      const key = await stat(join(dir, 'watches', person, 'watch.key'))
      assert.equal(key.mode & 0o777, 0o600)
    }
  })

  it('lets a component join that decides by rules of its own, and register under its name alone', async () => {
    const file = join(dir, 'authorizer.ticket')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    const secret = (await readFile(file, 'utf8')).trim()
    const component = new Connection({
      url: house.webSocket,
      realm: 'home',
      credential: () => ticket(secret, 'authorizer'),
      webSocket: webSocketClass(),
    })
    try {
      assert.equal((await component.connect()).authrole, 'authorizer')
      await component.register('com.example.authorize', () => true)
      await assert.rejects(component.call('lamp.state'), { uri: 'wamp.error.not_authorized' })
    } finally {
      await component.close()
    }
  })

  it('shows changes to those who may see them', async () => {
    const [guest, friend] = await Promise.all([signIn('guest'), signIn('friend')])
    await assert.rejects(
      guest.subscribe('safe.on_change', () => undefined),
      {
        uri: 'wamp.error.not_authorized',
      },
    )
    const seen = new Promise((resolve) => {
      void guest
        .subscribe('tv.on_change', ({ args }) => resolve(args[0]))
        .then(() => friend.call('tv.play', ['the match']))
    })
    assert.deepEqual(await seen, { playing: 'the match' })
  })

  it('says where it is, who may come in, and what to try', async () => {
    const { people } = JSON.parse(await readFile(join(dir, 'people.json'), 'utf8')) as {
      people: { name: string; password: string }[]
    }
    assert.deepEqual(
      people.map(({ name }) => name),
      ['owner', 'friend', 'guest'],
    )
    for (const { name, password } of people) assert.match(shown, new RegExp(`${name} +${password}`))
    assert.ok(shown.includes(house.url))
    for (const command of [
      'demo token guest',
      'grant create --to guest',
      'grant revoke',
      'person disable guest',
      'examples/lamp.js --code CODE --state ./lamp1',
    ])
      assert.ok(shown.includes(command), command)
  })

  it('has devices that are processes of their own and listen nowhere', async () => {
    const pids = [...things, 'owner_watch', 'guest_watch'].map(pidOf)
    assert.equal(new Set([...pids, process.pid]).size, 7)
    for (const pid of pids) assert.deepEqual(listeners(pid), [])
    assert.notDeepEqual(listeners(pidOf('router')), [])
    const keys = await Promise.all(
      things.map((thing) => readFile(join(dir, 'devices', thing, 'device.key'), 'utf8')),
    )
    assert.equal(new Set(keys).size, 4)
  })

  it('gives no device its provisioning code in what everybody of the account can read', async () => {
    for (const pid of things.map(pidOf))
      for (const file of ['environ', 'cmdline'])
        assert.doesNotMatch(await readFile(`/proc/${pid}/${file}`, 'utf8'), /\blk_|LATCHKEY_CODE/)
  })

  it('is started once in a folder: a second one says so in a sentence and starts nothing', async () => {
    const pids = house.pids()
    await assert.rejects(runDemo({ dir, log: assert.fail, out: assert.fail }), {
      name: 'DataFolderError',
      message: `a demo house is running in ${dir} already`,
    })
    assert.deepEqual(house.pids(), pids)
    assert.equal((await stat(join(dir, 'demo.lock'))).mode & 0o777, 0o600)
  })

  it('serves the page where it says, on loopback alone', async () => {
    const response = await fetch(`${house.url}healthz`).catch((error: unknown) => error)
    assert.ok(response instanceof Response, String(response))
    const loopback = /^(tcp 0100007F|tcp6 00000000000000000000000001000000|unix )/
    for (const name of ['router', 'provider'])
      for (const address of listeners(pidOf(name))) assert.match(address, loopback)
  })

  it('comes back when the router is killed, with sessions and devices', async () => {
    const states = new States()
    const guest = await signIn('guest', states)
    const router = pidOf('router')
    process.kill(router, 'SIGKILL')
    await states.nth(2, 'open')
    assert.notEqual(pidOf('router'), router)
    await until(() => logged.some((line) => line.startsWith('router: ended (SIGKILL)')))
    for (;;) {
      const answer = await guest.call('lamp.switch', [false]).catch((error: unknown) => error)
      if (!(answer instanceof Error)) {
        assert.deepEqual(answer, { args: [{ on: false }], kwargs: {} })
        break
      }
      assert.match(answer.message, /no_such_procedure/)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

  it('comes back when a device is killed, and tells its new state', async () => {
    const guest = await signIn('guest')
    await guest.call('lamp.switch', [true])
    const seen = new Promise((resolve) => {
      void guest
        .subscribe('lamp.on_change', ({ args }) => resolve(args[0]))
        .then(() => process.kill(pidOf('lamp'), 'SIGKILL'))
    })
    assert.deepEqual(await seen, { on: false })
    assert.deepEqual((await guest.call('lamp.switch', [true])).args, [{ on: true }])
  })

  it('comes back when the provider is killed: old tokens stay good and new ones are issued', async () => {
    const token = await issueToken(dir, 'friend')
    const provider = pidOf('provider')
    process.kill(provider, 'SIGKILL')
    await gone([provider])
    await until(() => pidOf('provider') !== provider)
    for (;;) {
      const issued = await issueToken(dir, 'guest').catch(() => undefined)
      if (issued !== undefined) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const app = new App({
      url: house.webSocket,
      realm: 'home',
      token: () => token,
      webSocket: webSocketClass(),
    })
    apps.push(app)
    assert.equal((await app.connect()).authid, 'friend')
    assert.equal((await (await signIn('guest')).call('lamp.state')).args.length, 1)
  })

  it('is told which port is taken, before it starts anything', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const empty = join(dir, 'another')
    await assert.rejects(
      runDemo({ dir: empty, port, log: assert.fail, out: assert.fail }),
      new RegExp(`port ${port} of localhost cannot be used: another program listens there`),
    )
    other.close()
    assert.ok(!(await readdir(dir)).includes('another'))
  })

  it('leaves no process behind, and goes on as it was left', async () => {
    const management = await operator()
    await management.call('latchkey.person.disable', [], { person: 'guest' })
    await management.call('latchkey.device.quarantine', [], { device: 'tv' })
    const [before] = (await management.call('latchkey.grant.list', [], {})).args
    await management.close()
    const pids = Object.values(house.pids()).filter((pid) => pid !== undefined)
    assert.equal(pids.length, 8)
    await house.stop()
    assert.deepEqual(pids.filter(isAlive), [])

    const config = join(dir, 'latchkey.yaml')
    await writeFile(config, `# mine\n${await readFile(config, 'utf8')}`)
    house = await start()
    assert.match(await readFile(config, 'utf8'), /^# mine\n/)
    const owner = await signIn('owner')
    assert.deepEqual((await owner.call('lamp.state')).args, [{ on: false }])
    await assert.rejects(signIn('guest'), { uri: 'wamp.error.authentication_denied' })
    const again = await operator()
    const [after] = (await again.call('latchkey.grant.list', [], {})).args
    assert.deepEqual(after, before)

    await assert.rejects(owner.call('tv.state'), { uri: 'wamp.error.not_authorized' })
    await again.call('latchkey.device.release', [], { device: 'tv' })
    for (;;) {
      const answer = await owner.call('tv.state').catch((error: unknown) => error)
      if (!(answer instanceof Error)) break
      assert.match(answer.message, /no_such_procedure/)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
})

describe('the demo on the command line', function () {
  this.timeout(40_000)

  let dir: string
  const running: ChildProcess[] = []

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-demo-'))
  })

  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL')
    await rm(dir, { recursive: true })
  })

  function demo(): ChildProcess {
    const args = ['--import', 'tsx', join(root, 'cli.ts'), 'demo', '--dir', dir, '--port', '0']
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    running.push(child)
    return child
  }

  async function isOpen(child: ChildProcess): Promise<void> {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk)
    })
    await until(() => text.includes('The house is open.'), 20_000)
  }

  it('takes all children with it when it is killed while it sets up, and completes that next time', async () => {
    const first = demo()
    const files = async (): Promise<string[]> => readdir(dir)
    while (!(await files()).includes('latchkey.sock'))
      await new Promise((resolve) => setTimeout(resolve, 5))
    const pids = childrenOf(first.pid ?? 0)
    assert.ok(pids.length >= 2)
    first.kill('SIGKILL')
    await gone(pids)
    assert.ok(!(await files()).includes('demo.json'))

    const second = demo()
    await isOpen(second)
    const all = childrenOf(second.pid ?? 0)
    assert.equal(all.length, 8)
    assert.ok((await files()).includes('demo.json'))
    second.kill('SIGTERM')
    const [code] = (await once(second, 'exit')) as [number | null]
    assert.equal(code, 0)
    assert.deepEqual(all.filter(isAlive), [])
  })

  // What is in the folder when it holds the lock, starts the provider, furnishes the house, and lets devices enrol.
  for (const [file, signal] of [
    ['demo.lock', 'SIGINT'],
    ['people.json', 'SIGTERM'],
    ['latchkey.sock', 'SIGINT'],
    ['devices', 'SIGTERM'],
  ] as const)
    it(`ends quietly with all its children at ${signal} while it sets up (${file} is there)`, async () => {
      const child = demo()
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => {
          said += String(chunk)
        })
      while (!(await readdir(dir)).includes(file))
        await new Promise((resolve) => setTimeout(resolve, 5))
      const pids = childrenOf(child.pid ?? 0)
      child.kill(signal)
      assert.deepEqual(await once(child, 'close'), [0, null])
      assert.equal(said, '')
      assert.deepEqual(pids.filter(isAlive), [])
    })

  it('exits 2 with one sentence where a house is running already', async () => {
    const first = demo()
    await isOpen(first)
    const second = demo()
    let said = ''
    second.stderr?.on('data', (chunk: Buffer) => {
      said += String(chunk)
    })
    assert.deepEqual(await once(second, 'close'), [2, null])
    assert.equal(said, `wamp.error.invalid_argument: a demo house is running in ${dir} already\n`)
    first.kill('SIGTERM')
    assert.deepEqual(await once(first, 'exit'), [0, null])
  })
})

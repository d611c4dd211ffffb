import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WampClient } from '../support/wamp-client.ts'
import { firstLine, latchkey, latchkeyProcess, outcomeOf } from './house.ts'

describe('the command line by itself', function () {
  this.timeout(20_000)
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-cli-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const open = `listen: { websocket: { host: 127.0.0.1, port: 0 } }
realms:
  - uri: realm1
    authmethods: [anonymous]
    rules: [{ role: anonymous, uri: '', match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }]
store: memory
log: { level: silent }
`

  describe('init', () => {
    it('makes a data folder that only its owner can enter, with a good configuration', async () => {
      const folder = join(dir, 'house')
      assert.equal((await latchkey('init', '--dir', folder)).code, 0)
      assert.equal((await stat(folder)).mode & 0o777, 0o700)
      assert.equal((await stat(join(folder, 'latchkey.yaml'))).mode & 0o777, 0o600)
      const { code, out } = await latchkey('check', '--dir', folder)
      assert.equal(code, 0)
      assert.match(out, /can be used \(realms: home\)$/)
    })

    it('changes nothing that is there', async () => {
      await latchkey('init', '--dir', dir)
      const file = join(dir, 'latchkey.yaml')
      await writeFile(file, '# mine')
      const { code, err } = await latchkey('init', '--dir', dir, '--json')
      assert.equal(code, 2)
      assert.match((JSON.parse(err) as { message: string }).message, /is there already/)
      assert.equal(await readFile(file, 'utf8'), '# mine')
    })

    it('refuses a folder whose path is too long for a socket', async () => {
      const { code, err } = await latchkey('init', '--dir', join(dir, 'x'.repeat(100)))
      assert.equal(code, 2)
      assert.match(err, /a socket's path may have 107/)
    })
  })

  describe('check', () => {
    it('names the key, what it was and what is allowed', async () => {
      const file = join(dir, 'wrong.yaml')
      await writeFile(file, 'realms: [{ uri: home, authmethods: [password] }]\n')
      const { code, err } = await latchkey('check', '--config', file)
      assert.equal(code, 2)
      assert.match(err, /realms\.0\.authmethods\.0 was "password"/)
    })

    it('prints the realms of a good one as JSON', async () => {
      const file = join(dir, 'open.yaml')
      await writeFile(file, open)
      const { out } = await latchkey('check', '--config', file, '--json')
      assert.deepEqual(JSON.parse(out), { config: file, realms: ['realm1'] })
    })
  })

  describe('start', () => {
    it('runs until SIGTERM, tells its sessions, and ends with 0', async () => {
      const file = join(dir, 'open.yaml')
      await writeFile(file, open)
      const args = ['start', '--json', '--config', file, '--port', '0', '--rawsocket-port', '0']
      const router = latchkeyProcess(args)
      const { addresses } = JSON.parse(await firstLine(router)) as { addresses: string[] }
      assert.equal(addresses.length, 2)
      const url = addresses.find((address) => address.startsWith('ws://'))
      assert.ok(url)
      const client = await WampClient.webSocket(url)
      await client.join()
      const over = once(router, 'close')
      router.kill('SIGTERM')
      assert.deepEqual((await client.next())[2], 'wamp.close.system_shutdown')
      client.close()
      assert.deepEqual(await over, [0, null])
    })

    it('does not start with a bad configuration', async () => {
      const file = join(dir, 'wrong.yaml')
      await writeFile(file, 'realms: []\n')
      const { code, out, err } = await outcomeOf(latchkeyProcess(['start', '--config', file]))
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /realms was an empty list/)
    })

    it('does not start without a data folder', async () => {
      const { code, err } = await latchkey('start', '--dir', join(dir, 'nothing'))
      assert.equal(code, 2)
      assert.match(err, /latchkey\.yaml.*there is no such file/s)
    })

    it('does not take a port that another program has', async () => {
      const file = join(dir, 'open.yaml')
      await writeFile(file, open)
      const first = latchkeyProcess(['start', '--json', '--config', file])
      const { addresses } = JSON.parse(await firstLine(first)) as { addresses: string[] }
      const port = new URL(addresses[0] ?? '').port
      const { code, err } = await latchkey('start', '--config', file, '--port', port)
      assert.equal(code, 2)
      assert.match(err, /^wamp\.error\.unavailable: cannot listen on .*: another program/)
      const over = once(first, 'close')
      first.kill('SIGTERM')
      await over
    })

    it('takes no port that is none', async () => {
      const { code, err } = await latchkey('start', '--port', '70000')
      assert.equal(code, 2)
      assert.match(err, /--port: found 70000, allowed is a whole number from 0 to 65535$/)
    })
  })

  describe('as a component of the configuration', () => {
    it('joins by the name and ticket that it has there', async () => {
      const file = join(dir, 'components.yaml')
      const ticket = 'a ticket of many letters'.replaceAll(' ', '-')
      await writeFile(
        file,
        `listen: { websocket: { host: 127.0.0.1, port: 0 } }
realms:
  - uri: realm1
    authmethods: [ticket]
    principals: [{ authid: bridge, role: bridge, ticket: ${ticket} }]
    rules: [{ role: bridge, uri: com.example, match: prefix, allow: { call: true } }]
store: memory
log: { level: silent }
`,
      )
      const router = latchkeyProcess(['start', '--json', '--config', file])
      const { addresses } = JSON.parse(await firstLine(router)) as { addresses: string[] }
      const to = ['--realm', 'realm1', '--url', addresses[0] ?? '', '--token', ticket]
      const allowed = await latchkey('call', 'com.example.x', ...to, '--authid', 'bridge')
      assert.equal(allowed.code, 2)
      assert.match(allowed.err, /^wamp\.error\.no_such_procedure: /)
      const denied = await latchkey('call', 'lamp.switch', ...to, '--authid', 'bridge')
      assert.match(denied.err, /^wamp\.error\.not_authorized: /)
      const nobody = await latchkey('call', 'com.example.x', ...to)
      assert.equal(nobody.code, 1)
      assert.match(nobody.err, /^wamp\.error\.authentication_denied: /)
      const over = once(router, 'close')
      router.kill('SIGTERM')
      await over
    })
  })

  describe('without a router', () => {
    it('says so in one sentence', async () => {
      await latchkey('init', '--dir', dir)
      const { code, out, err } = await latchkey('device', 'list', '--dir', dir)
      assert.deepEqual([code, out], [2, ''])
      assert.equal(
        err,
        `wamp.error.network_failure: no router is running for ${dir} (start it with: latchkey start --dir ${dir})`,
      )
    })

    it('says where nobody listens', async () => {
      const args = ['call', 'lamp.switch', '--token', 'x', '--realm', 'home']
      const url = 'ws://127.0.0.1:9/ws'
      const { code, err } = await latchkey(...args, '--url', url)
      assert.equal(code, 2)
      assert.equal(err, `wamp.error.network_failure: no router is listening at ${url}`)
    })

    it('needs to know the realm, where there are several or no data folder', async () => {
      const nowhere = await latchkey('device', 'list', '--dir', join(dir, 'nothing'))
      assert.equal(nowhere.code, 2)
      assert.match(nowhere.err, /^wamp\.error\.invalid_argument: --realm: missing, and it cannot/)
      await mkdir(join(dir, 'two'))
      const realms = ['a', 'b'].map((uri) => `{ uri: ${uri}, authmethods: [ticket] }`)
      await writeFile(join(dir, 'two', 'latchkey.yaml'), `realms: [${realms.join(', ')}]\n`)
      const several = await latchkey('device', 'list', '--dir', join(dir, 'two'))
      assert.equal(several.code, 2)
      assert.match(several.err, /--realm: missing, allowed is one of the realms of .*: a, b$/)
    })
  })

  describe('demo token', () => {
    it('says that no demo is running there', async () => {
      const { code, out, err } = await latchkey('demo', 'token', 'guest', '--dir', dir)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /is not running: start the demo there first$/)
    })
  })

  describe('given wrongly', () => {
    it('ends with 2 and one sentence', async () => {
      for (const [args, complaint] of [
        [['frobnicate'], /unknown command 'frobnicate'/],
        [['device', 'list', '--colour'], /unknown option '--colour'/],
        [['grant', 'create', '--ecosystem', 'home'], /--to: missing$/],
        [['grant', 'revoke'], /<id>: missing$/],
        [['grant', 'revoke', 'a', 'b'], /too many arguments/],
        [['subscribe', 'x', '--count', '0'], /--count: found 0/],
      ] as const) {
        const { code, out, err } = await latchkey(...args)
        assert.deepEqual([code, out], [2, ''])
        assert.match(err, complaint)
        assert.equal(err.split('\n').length, 1, err)
      }
    })

    it('says it as JSON, if asked', async () => {
      const { code, err } = await latchkey('grant', 'revoke', '--json')
      assert.equal(code, 2)
      assert.deepEqual(JSON.parse(err), {
        error: 'wamp.error.invalid_argument',
        message: '<id>: missing',
      })
    })

    it('prints help on stderr where a command is missing', async () => {
      for (const args of [[], ['grant']]) {
        const { code, out, err } = await latchkey(...args)
        assert.deepEqual([code, out], [2, ''])
        assert.match(err, /Usage: latchkey/)
      }
    })
  })

  describe('help', () => {
    it('is printed for everything, with 0', async () => {
      const { code, out } = await latchkey('--help')
      assert.equal(code, 0)
      for (const word of ['init', 'start', 'demo', 'check', 'call', 'publish', 'subscribe'])
        assert.match(out, new RegExp(`^  ${word}`, 'm'))
    })

    it('comes from the procedure', async () => {
      const { code, out } = await latchkey('grant', 'create', '--help')
      assert.equal(code, 0)
      assert.match(out, /--level <number> +how far the trust goes/)
      assert.match(out, /Let somebody into an ecosystem/)
    })

    it('has the version', async () => {
      const { code, out } = await latchkey('--version')
      assert.equal(code, 0)
      assert.match(out, /^\d+\.\d+\.\d+$/)
    })

    it('shows no command for what only devices and apps call', async () => {
      assert.doesNotMatch((await latchkey('device', '--help')).out, /enrol/)
      assert.doesNotMatch((await latchkey('session', '--help')).out, /refresh/)
    })
  })
})

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startHouse } from '../support/house.ts'
import type { House } from '../support/house.ts'
import { until } from '../support/until.ts'
import { listeners } from './processes.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

describe('the examples', function () {
  this.timeout(20_000)

  let house: House
  let folder: string
  const running: ChildProcess[] = []

  before(async () => {
    house = await startHouse()
    folder = await mkdtemp(join(tmpdir(), 'lk-examples-'))
    // As they are, but on the sources: the built package may be of yesterday.
    await mkdir(join(folder, 'examples'))
    for (const name of ['lamp.js', 'app.js']) {
      const text = await readFile(join(root, 'examples', name), 'utf8')
      const built = "'../dist/clients/index.js'"
      assert.ok(text.includes(built))
      const sources = JSON.stringify(join(root, 'clients/index.ts'))
      await writeFile(
        join(folder, 'examples', name.replace('.js', '.mjs')),
        text.replace(built, sources),
      )
    }
  })

  after(async () => {
    for (const child of running) child.kill('SIGKILL')
    await house.stop()
    await rm(folder, { recursive: true })
  })

  const argsOf = (name: string, args: readonly string[]): string[] => [
    '--import',
    'tsx',
    join(folder, 'examples', name),
    '--url',
    house.url,
    ...args,
  ]

  async function newCode(): Promise<string> {
    const { codes } = await house.manage('provisioning.token.create', {
      ecosystem: 'home',
      class: 'light',
    })
    return String((codes as string[])[0])
  }

  it('are short', async () => {
    const names = await readdir(join(root, 'examples'), { recursive: true })
    for (const name of names.filter((each) => each.endsWith('.js'))) {
      const lines = (await readFile(join(root, 'examples', name), 'utf8')).split('\n').length
      assert.ok(lines < 60, `${name} has ${lines} lines`)
    }
  })

  it('have a lamp of one’s own, which its code lets in once, and an app that switches it', async () => {
    const code = await newCode()
    const lamp1 = join(folder, 'lamp1')
    const lamp = spawn(process.execPath, argsOf('lamp.mjs', ['--code', code, '--state', lamp1]), {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.push(lamp)
    let said = ''
    lamp.stdout.on('data', (chunk: Buffer) => {
      said += String(chunk)
    })
    await until(() => said.includes('registered'), 10_000)
    assert.match(said, /^key SHA256:[A-Za-z0-9+/]{43}$/m)
    const uri = /^registered (lamp\d+\.switch)$/m.exec(said)?.[1] ?? ''
    assert.notEqual(uri, '')
    assert.deepEqual(listeners(lamp.pid ?? 0), [])
    assert.equal((await stat(join(lamp1, 'device.key'))).mode & 0o777, 0o600)

    const second = argsOf('lamp.mjs', ['--code', code, '--state', join(folder, 'lamp2')])
    await assert.rejects(run(process.execPath, second, { cwd: root }), (error) => {
      assert.ok(error instanceof Error && 'code' in error && 'stderr' in error)
      assert.equal(error.code, 1)
      assert.equal(
        error.stderr,
        "the router does not accept this lamp's code or key (wamp.error.authentication_denied)\n",
      )
      return true
    })

    const tokenFile = join(folder, 'guest.jwt')
    await writeFile(tokenFile, await house.token('guest'))
    const calling = argsOf('app.mjs', ['--token-file', tokenFile, uri, 'true'])
    const { stdout } = await run(process.execPath, calling, { cwd: root })
    assert.match(stdout, /^signed in as guest$/m)
    assert.match(stdout, new RegExp(`^${uri} { on: true }$`, 'm'))
    assert.doesNotMatch(stdout, /^safe/m)

    const opening = argsOf('app.mjs', ['--token-file', tokenFile, 'safe.open'])
    await assert.rejects(run(process.execPath, opening, { cwd: root }), (error) => {
      assert.ok(error instanceof Error && 'code' in error && 'stderr' in error)
      assert.equal(error.code, 1)
      assert.equal(error.stderr, 'wamp.error.not_authorized\n')
      return true
    })

    lamp.kill('SIGTERM')
    const [exitCode] = (await once(lamp, 'exit')) as [number | null]
    assert.equal(exitCode, 0)
  })

  it('say in a sentence that there is no token, or none that the house accepts', async () => {
    const missing = join(folder, 'missing.jwt')
    const junk = join(folder, 'junk.jwt')
    await writeFile(junk, 'junk')
    for (const [file, sentence] of [
      [missing, `there is no token to be read in ${missing} (ENOENT)`],
      [junk, `the token in ${junk} was not accepted (wamp.error.authentication_denied)`],
    ] as const)
      await assert.rejects(
        run(process.execPath, argsOf('app.mjs', ['--token-file', file]), { cwd: root }),
        { code: 1, stdout: '', stderr: `${sentence}\n` },
      )
  })

  it('say that no router is there, go on trying, and end when they are told', async () => {
    const nowhere = 'ws://127.0.0.1:1/ws'
    const tokenFile = join(folder, 'some.jwt')
    await writeFile(tokenFile, 'a token')
    for (const [name, ...args] of [
      ['app.mjs', '--token-file', tokenFile],
      ['lamp.mjs', '--code', 'lk_code', '--state', join(folder, 'lamp3')],
    ] as const) {
      const child = spawn(process.execPath, argsOf(name, [...args, '--url', nowhere]), {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      running.push(child)
      let said = ''
      child.stderr.on('data', (chunk: Buffer) => {
        said += String(chunk)
      })
      await until(() => said.split('trying again').length > 2, 10_000)
      child.kill('SIGTERM')
      const end = await once(child, 'close')
      assert.deepEqual(end, name === 'lamp.mjs' ? [0, null] : [null, 'SIGTERM'])
      for (const line of said.trim().split('\n'))
        assert.match(line, /^no session at ws:\/\/127\.0\.0\.1:1\/ws \(.*\), trying again$/)
    }
  })
})

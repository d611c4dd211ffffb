import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { DemoError } from '../../demo/provider-files.ts'
import { startProvider } from '../../demo/provider-server.ts'
import { issueToken } from '../../demo/token.ts'
import { Issuers } from '../../ecosystems/issuers.ts'
import { idpRow } from '../support/rows.ts'

const readySchema = z.object({ ready: z.literal(true), issuer: z.string() })
const failedSchema = z.object({ ready: z.literal(false), error: z.string() })

/** The provider as a child, with what it wrote and how it ended. */
class Child {
  readonly process: ChildProcess
  stdout = ''
  stderr = ''
  readonly #message: Promise<unknown>
  readonly #exit: Promise<unknown[][]>

  constructor(args: readonly string[]) {
    this.process = fork('demo/provider.ts', args, {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const { stdout, stderr } = this.process
    assert(stdout !== null && stderr !== null)
    stdout.on('data', (chunk) => (this.stdout += String(chunk)))
    stderr.on('data', (chunk) => (this.stderr += String(chunk)))
    this.#message = new Promise((resolve) => this.process.once('message', resolve))
    // Not 'close' of the child, which never comes after a `disconnect` of ours.
    this.#exit = Promise.all([
      once(this.process, 'exit'),
      once(stdout, 'close'),
      once(stderr, 'close'),
    ])
  }

  /** What it said to its parent, even if that was before anybody asked. */
  message(): Promise<unknown> {
    return this.#message
  }

  /** The exit code, or the signal that ended it. */
  async ended(): Promise<unknown> {
    const [[code, signal] = []] = await this.#exit
    return code ?? signal
  }

  async stop(): Promise<unknown> {
    this.process.kill('SIGTERM')
    return this.ended()
  }
}

describe('the provider as a process', function () {
  this.timeout(30_000)
  let dir: string
  const children: Child[] = []

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'latchkey-provider-'))
  })
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.process.kill('SIGKILL')
      await child.ended()
    }
    await rm(dir, { recursive: true, force: true })
  })

  function run(...args: readonly string[]): Child {
    const child = new Child(args)
    children.push(child)
    return child
  }

  async function started(child: Child): Promise<string> {
    return readySchema.parse(await child.message()).issuer
  }

  function trusting(issuer: string): Issuers {
    const row = idpRow({ issuer })
    return new Issuers({ byIssuer: (name) => (name === issuer ? [row] : []) })
  }

  it('says in one line that it is ready, and ends on SIGTERM with exit code 0', async () => {
    const child = run('--dir', dir)
    const issuer = await started(child)
    assert.match(issuer, /^http:\/\/localhost:\d+$/)
    assert.equal(await child.stop(), 0)
    assert.equal(child.stdout, `${JSON.stringify({ ready: true, issuer })}\n`)
    await assert.rejects(stat(join(dir, 'provider.sock')), { code: 'ENOENT' })
  })

  it('keeps its secrets for its owner alone', async () => {
    await started(run('--dir', join(dir, 'new')))
    const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777
    assert.equal(await modeOf(join(dir, 'new')), 0o700)
    for (const file of ['provider.json', 'people.json', 'provider.sock'])
      assert.equal(await modeOf(join(dir, 'new', file)), 0o600, file)
  })

  it('is the same issuer after it was killed, with the same people, and its old tokens stay good', async () => {
    const first = run('--dir', dir)
    const issuer = await started(first)
    const token = await issueToken(dir, 'guest')
    const people = await readFile(join(dir, 'people.json'), 'utf8')
    first.process.kill('SIGKILL')
    await first.ended()
    await assert.rejects(issueToken(dir, 'guest'), /is not running: start the demo there first/)

    assert.equal(await started(run('--dir', dir)), issuer)
    assert.equal((await trusting(issuer).verify(token)).subject, 'guest')
    assert.equal(await readFile(join(dir, 'people.json'), 'utf8'), people)
    assert.equal((await trusting(issuer).verify(await issueToken(dir, 'guest'))).subject, 'guest')
  })

  it('ends when its parent is gone', async () => {
    const child = run('--dir', dir)
    await started(child)
    child.process.disconnect()
    assert.equal(await child.ended(), 0)
  })

  it('refuses to listen beyond loopback, before it makes anything', async () => {
    const child = run('--dir', join(dir, 'new'), '--host', '0.0.0.0')
    const { error } = failedSchema.parse(await child.message())
    assert.match(error, /host was "0\.0\.0\.0": .* allowed are localhost, 127\.0\.0\.1, ::1/)
    assert.equal(await child.ended(), 2)
    assert.equal(child.stderr.includes(error), true)
    assert.equal(child.stdout, '')
    await assert.rejects(stat(join(dir, 'new')), { code: 'ENOENT' })
  })

  it('names port and file when its port is taken by another', async () => {
    const first = run('--dir', dir)
    const { port } = new URL(await started(first))
    await first.stop()
    const squatter = createServer().listen(Number(port), '127.0.0.1')
    await once(squatter, 'listening')
    try {
      const child = run('--dir', dir)
      const { error } = failedSchema.parse(await child.message())
      assert.match(error, new RegExp(`port ${port} is taken, and .*provider\\.json says`))
      assert.equal(await child.ended(), 2)
    } finally {
      squatter.close()
    }
    assert.equal(new URL(await started(run('--dir', dir))).port, port)
  })

  it('explains what is wrong with its options', async () => {
    const refusals = [
      [run(), /--dir is missing/],
      [run('--dir', dir, '--port', '70000'), /--port was "70000": allowed is a port/],
    ] as const
    for (const [child, reason] of refusals) {
      assert.match(failedSchema.parse(await child.message()).error, reason)
      assert.equal(await child.ended(), 2)
    }
  })
})

describe('the folder of the provider', () => {
  let dir: string
  const start = { port: 0, pagePort: 8080 } as const

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'latchkey-provider-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const refuses = (starting: Promise<unknown>, reason: RegExp): Promise<void> =>
    assert.rejects(starting, (error: unknown) => {
      assert(error instanceof DemoError, String(error))
      assert.match(error.message, reason)
      return true
    })

  it('is not served on any host but loopback', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'house.example', '', 'constructor'])
      await refuses(startProvider({ dir, ...start, host }), /listens on loopback only/)
    for (const host of ['127.0.0.1', '::1']) {
      const provider = await startProvider({ dir, ...start, host })
      assert.match(provider.issuer, /^http:\/\/localhost:/)
      await provider.stop()
    }
  })

  it('serves one provider at a time', async () => {
    const provider = await startProvider({ dir, ...start })
    try {
      await refuses(startProvider({ dir, ...start }), /a provider is running in .* already/)
      await issueToken(dir, 'guest')
    } finally {
      await provider.stop()
    }
  })

  it('holds to the port that it was made with', async () => {
    const provider = await startProvider({ dir, ...start })
    await provider.stop()
    const port = Number(new URL(provider.issuer).port)
    const other = port === 1024 ? 1025 : 1024
    await refuses(
      startProvider({ dir, ...start, port: other }),
      new RegExp(`port is ${port}, as .*provider\\.json says, and not ${other}`),
    )
    const again = await startProvider({ dir, ...start, port })
    assert.equal(again.issuer, provider.issuer)
    await again.stop()
  })

  it('is refused by name and key when a file in it is broken', async () => {
    await writeFile(join(dir, 'people.json'), '{')
    await refuses(startProvider({ dir, ...start }), /people\.json is no JSON/)
    await writeFile(join(dir, 'people.json'), '{"people":[{"name":"Owner"}]}')
    await refuses(startProvider({ dir, ...start }), /people\.json cannot be used: people\.0\.name/)
    await rm(join(dir, 'people.json'))
    await writeFile(join(dir, 'provider.json'), '{"port":0,"keys":[],"cookieKeys":[]}')
    await refuses(startProvider({ dir, ...start }), /provider\.json cannot be used: port/)
  })

  it('may name other people than the demo’s', async () => {
    const people = [{ name: 'aunt', subject: 'a-1', password: 'tea-and-biscuits' }]
    await writeFile(join(dir, 'people.json'), JSON.stringify({ people }))
    const provider = await startProvider({ dir, ...start })
    try {
      await issueToken(dir, 'aunt')
      await assert.rejects(issueToken(dir, 'guest'), /the people are aunt/)
    } finally {
      await provider.stop()
    }
  })

  it('has a path short enough for a socket, or is refused with its length', async () => {
    const long = join(dir, 'x'.repeat(100))
    await refuses(
      startProvider({ dir: long, ...start }),
      /bytes long, and a Unix socket's path may have at most 107/,
    )
    await refuses(issueToken(long, 'guest'), /at most 107/)
    const room = 107 - Buffer.byteLength(join(dir, 'provider.sock')) - 1
    const just = join(dir, 'y'.repeat(room))
    const provider = await startProvider({ dir: just, ...start })
    await issueToken(just, 'guest')
    await provider.stop()
  })

  it('is asked for tokens in vain while nobody serves it', async () => {
    await refuses(issueToken(dir, 'guest'), /is not running: start the demo there first/)
  })

  it('that cannot be made is an error that names it', async () => {
    await writeFile(join(dir, 'file'), '')
    await refuses(startProvider({ dir: join(dir, 'file', 'sub'), ...start }), /file\/sub.*ENOTDIR/)
  })
})

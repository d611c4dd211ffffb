import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

interface Ended {
  readonly code: number | null
  readonly output: string
}

interface Command {
  readonly ended: Promise<Ended>
  readonly pid: number
  /** Resolves once this has been printed. */
  printed(text: string): Promise<void>
}

function launch(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Command {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      for (const look of waiting) look()
    })
  return {
    pid: child.pid ?? 0,
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, output })),
    printed: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!output.includes(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

/** A program in the place of the house: what matters here is what `npm start` does with it. */
const program = `process.stdout.write(JSON.stringify(process.argv.slice(2)) + '\\n')
if (process.argv.includes('--wait')) {
  const timer = setInterval(() => undefined, 1_000)
  process.on('SIGTERM', () => { process.exitCode = 7; clearInterval(timer) })
  process.stdout.write('waiting\\n')
}
`

describe('npm start', () => {
  let folder: string
  const launched: number[] = []

  /** A tree that is built as ours is, of one file and an empty page, with our installed packages. */
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-start-'))
    await cp(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true })
    for (const file of [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
    ])
      await copyFile(join(root, file), join(folder, file))
    await writeFile(join(folder, 'cli.ts'), program)
    await mkdir(join(folder, 'console'))
    await copyFile(join(root, 'console/vite.config.ts'), join(folder, 'console/vite.config.ts'))
    await writeFile(join(folder, 'console/index.html'), '<!doctype html><title>x</title>')
  })

  afterEach(async () => {
    for (const pid of launched.splice(0)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself, as it should.
      }
    }
    await rm(folder, { recursive: true })
  })

  const installed = (): Promise<void> =>
    symlink(join(root, 'node_modules'), join(folder, 'node_modules'))

  function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): Command {
    const command = launch(process.execPath, [join(folder, 'scripts/start.mjs'), ...args], { env })
    launched.push(command.pid)
    return command
  }

  it('builds what changed and nothing else, then runs the demo with its arguments', async function () {
    this.timeout(60_000)
    await installed()
    const first = await start(['--port', '9000']).ended
    assert.equal(first.output, 'Building.\n["demo","--port","9000"]\n')
    assert.equal(first.code, 0)
    assert.ok((await readdir(join(folder, 'dist/console'))).includes('index.html'))

    const begun = performance.now()
    const second = await start().ended
    assert.equal(second.output, '["demo"]\n')
    assert.ok(performance.now() - begun < 1_000, 'a start with nothing to do takes under a second')

    await writeFile(join(folder, 'cli.ts'), `${program}process.exitCode = 5\n`)
    assert.deepEqual(await start().ended, { code: 5, output: 'Building.\n["demo"]\n' })
  })

  it('leaves nothing in dist of a source that is gone', async function () {
    this.timeout(60_000)
    await installed()
    await mkdir(join(folder, 'router'))
    await writeFile(join(folder, 'router/old.ts'), 'export {}\n')
    await start().ended
    await readFile(join(folder, 'dist/router/old.js'))
    await rm(join(folder, 'router/old.ts'))
    await start().ended
    await assert.rejects(readFile(join(folder, 'dist/router/old.js')), /ENOENT/)
    await readFile(join(folder, 'dist/cli.js'))
  })

  it('passes SIGTERM on and ends with the exit code of the house', async function () {
    this.timeout(60_000)
    await installed()
    const command = start(['--wait'])
    await command.printed('waiting')
    process.kill(command.pid, 'SIGTERM')
    assert.equal((await command.ended).code, 7)
  })

  it('ends the house when npm is told to end', async function () {
    this.timeout(60_000)
    await installed()
    const command = launch('npm', ['start', '--', '--wait'], { cwd: folder })
    launched.push(command.pid)
    await command.printed('waiting')
    process.kill(command.pid, 'SIGTERM')
    // A shell between npm and us would end alone, and leave the house running behind it.
    assert.equal((await command.ended).code, 7)
  })

  it('starts nothing from sources that do not compile', async function () {
    this.timeout(60_000)
    await installed()
    await writeFile(join(folder, 'cli.ts'), `${program}const x: number = 'x'\n`)
    for (const again of [false, true]) {
      const { code, output } = await start().ended
      assert.equal(code, 1, `again: ${again}`)
      assert.match(output, /cli\.ts.*error TS2322/s)
      assert.match(output, /The build failed in typescript\.\n$/)
      assert.doesNotMatch(output, /"demo"/)
    }
  })

  it('names the compilers that sqlite3 lacks, before anything is installed', async () => {
    const bin = join(folder, 'bin')
    await mkdir(bin)
    await symlink(process.execPath, join(bin, 'node'))
    // There, but without anything behind it, as a version manager's shim can be.
    await writeFile(join(bin, 'make'), '#!/bin/sh\nexit 127\n')
    await chmod(join(bin, 'make'), 0o755)
    assert.deepEqual(await start([], { ...process.env, PATH: bin }).ended, {
      code: 1,
      output:
        'Cannot compile sqlite3: python3, make, g++ not found.\n' +
        'On Debian and Ubuntu: sudo apt-get install python3 make g++\n',
    })
  })

  it('refuses a Node that is too old, before anything else', async () => {
    const description = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      engines: { node: string }
    }
    description.engines.node = '>=99.1'
    await writeFile(join(folder, 'package.json'), JSON.stringify(description))
    const { code, output } = await start().ended
    assert.equal(code, 1)
    assert.match(output, /^Latchkey needs Node 99\.1 or newer; this is Node \d+\.\d+\.\d+ \(/)
  })

  it('installs again only when node_modules is not what the lock asks for', async () => {
    const { areInstalled } = (await import(
      new URL('../../scripts/packages.mjs', import.meta.url).href
    )) as { areInstalled: (root: string) => boolean }
    const record = join(folder, 'node_modules/.package-lock.json')
    const write = (file: string, packages: object): Promise<void> =>
      writeFile(file, JSON.stringify({ packages }))
    assert.equal(areInstalled(folder), false)
    const binary = join(folder, 'node_modules/sqlite3/build/Release/node_sqlite3.node')
    await mkdir(dirname(binary), { recursive: true })
    await writeFile(binary, '')
    await write(join(folder, 'package-lock.json'), {
      '': {},
      'node_modules/ws': { version: '8.1.0' },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    })
    await write(record, { 'node_modules/ws': { version: '8.1.0' } })
    assert.equal(areInstalled(folder), true)
    await write(record, { 'node_modules/ws': { version: '8.0.0' } })
    assert.equal(areInstalled(folder), false, 'an older version')
    await write(record, {})
    assert.equal(areInstalled(folder), false, 'one that is missing')
    await write(record, {
      'node_modules/ws': { version: '8.1.0' },
      'node_modules/gone': { version: '1.0.0' },
    })
    assert.equal(areInstalled(folder), false, 'one too many')
    await writeFile(record, '{"packages": {')
    assert.equal(areInstalled(folder), false, 'a record cut short')
    await write(record, { 'node_modules/ws': { version: '8.1.0' } })
    await rm(binary)
    assert.equal(areInstalled(folder), false, 'sqlite3 not compiled')
  })
})

describe('npm test', () => {
  it('finds no browser: names the package and fails', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'))
    try {
      await symlink(process.execPath, join(folder, 'node'))
      const script = new URL('../../scripts/chromium.mjs', import.meta.url).href
      const source = `import { findChromium } from ${JSON.stringify(script)}
        await findChromium({ install: true })`
      const env = { ...process.env, PATH: folder }
      const { code, output } = await launch(
        process.execPath,
        ['--input-type=module', '-e', source],
        { env },
      ).ended
      assert.equal(code, 1)
      assert.match(output, /The tests of the page need Chromium: chromium missing\./)
      assert.match(output, /sudo apt-get install chromium/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('.ci/run', () => {
  it('closes with the counts, also when it cannot begin', async () => {
    const env = { ...process.env, WAMP_VECTORS: '/nowhere' }
    const { code, output } = await launch(join(root, '.ci/run'), [], { env }).ended
    assert.equal(code, 1)
    assert.equal(output.trimEnd().split('\n').at(-1), '0 passed, 1 failed')
    assert.match(output, /vectors are not at \/nowhere/)
  })

  it('counts what failed and what was left out', async function () {
    this.timeout(30_000)
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-counts-'))
    try {
      const file = join(folder, 'some.test.cjs')
      const counts = join(folder, 'counts.json')
      await writeFile(
        file,
        `it('holds', () => {}); it('does not', () => { throw new Error('x') }); it('is to come')`,
      )
      const path = [dirname(process.execPath), process.env['PATH']].join(delimiter)
      const { code } = await launch(
        process.execPath,
        [
          join(root, 'node_modules/mocha/bin/mocha.js'),
          '--no-config',
          file,
          '--reporter',
          join(root, 'scripts/reporter.cjs'),
          '--reporter-option',
          `counts=${counts}`,
        ],
        { cwd: root, env: { ...process.env, PATH: path } },
      ).ended
      assert.equal(code, 1)
      assert.deepEqual(JSON.parse(await readFile(counts, 'utf8')), { passed: 1, failed: 2 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

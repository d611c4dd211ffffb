import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildGenerator } from '../../../bench/macro/generator.ts'
import { Peers } from '../../../bench/macro/peer.ts'
import { until } from '../../support/until.ts'
import { isGone } from './processes.ts'

describe('What the bench finds in the folder that WAMP_BENCH names', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-peers-'))
    await mkdir(join(folder, 'peers'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const script = (name: string, ...lines: readonly string[]): Promise<void> =>
    writeFile(join(folder, `peers/${name}.sh`), ['#!/bin/bash', ...lines, ''].join('\n'), {
      mode: 0o755,
    })

  async function pidIn(file: string): Promise<number> {
    const pid = Number(await readFile(file, 'utf8'))
    assert.ok(pid > 0)
    return pid
  }

  it('is taken as it is installed, without installing it again', async () => {
    await script('relay-ws', '[ "$1" = version ] && echo "ws 8"')
    assert.deepEqual(await new Peers(folder).install('relay-ws', assert.fail), { version: 'ws 8' })
  })

  it('is installed where it is missing, and says so', async () => {
    const mark = join(folder, 'installed')
    await script(
      'relay-ws',
      `[ "$1" = install ] && touch ${mark}`,
      `[ "$1" = version ] && cat ${mark} && echo "ws 8"`,
    )
    const said: string[] = []
    const found = await new Peers(folder).install('relay-ws', (line) => said.push(line))
    assert.deepEqual(found, { version: 'ws 8' })
    assert.match(said.join(), /^Installing relay-ws \(.*relay-ws\.sh install\)\.$/)
  })

  it('is missing, with the last word of its installer, where that fails', async () => {
    await script('crossbar', 'echo "no Python here" >&2', 'exit 1')
    const found = await new Peers(folder).install('crossbar', () => undefined)
    assert.deepEqual(found, { missing: 'no Python here' })
  })

  it('is missing where it does not tell its version in time', async () => {
    await script('fox-wamp', '[ "$1" = version ] && sleep 60', 'exit 0')
    const peers = new Peers(folder, { versionMs: 300 })
    const found = await peers.install('fox-wamp', () => undefined)
    assert.deepEqual(found, { missing: 'no end after 300 ms' })
  })

  it('is missing where it has no version, and says so', async () => {
    await script('fox-wamp', 'exit 0')
    const found = await new Peers(folder).install('fox-wamp', () => undefined)
    assert.deepEqual(found, { missing: 'it says nothing' })
  })

  it('starts with the pid that it names, on the port that it is given', async () => {
    await script('relay-ws', 'echo "READY $$"', 'echo "$1 $2" >&2', 'exec sleep 60')
    const peer = await new Peers(folder).start('relay-ws')
    assert.ok(!isGone(peer.pid))
    const port = new URL(peer.webSocket).port
    await until(() => peer.lastWords.behind('') === `: start ${port}`)
    await peer.stop()
    assert.ok(isGone(peer.pid))
  })

  it('that ends instead of starting is told by its name, with its last words', async () => {
    await script('fox-wamp', 'echo "no such module" >&2', 'exit 1')
    await assert.rejects(
      new Peers(folder).start('fox-wamp'),
      new Error('fox-wamp does not start: it ended with exit code 1: no such module'),
    )
  })

  it('that says something else than that it is ready is quoted, and ended', async () => {
    const mark = join(folder, 'pid')
    await script(
      'fox-wamp',
      `echo $$ >${mark}`,
      'echo "by the way" >&2',
      'echo "Hello."',
      'sleep 60',
    )
    await assert.rejects(
      new Peers(folder).start('fox-wamp'),
      new Error(
        'fox-wamp does not start: it printed "Hello." first, not READY and its pid: by the way',
      ),
    )
    assert.ok(isGone(await pidIn(mark)))
  })

  it('that hangs instead of starting is ended, with what it started', async () => {
    const mark = join(folder, 'pid')
    await script('fox-wamp', `sleep 60 & echo $! >${mark}`, 'wait')
    await assert.rejects(
      new Peers(folder, { startMs: 3_000 }).start('fox-wamp'),
      new Error('fox-wamp does not start: waiting for READY: not done after 3000 ms'),
    )
    const started = await pidIn(mark)
    await until(() => isGone(started))
  })

  it('must have the sources of the load generator', () =>
    assert.rejects(
      buildGenerator(folder, join(folder, 'out')),
      /WAMP_BENCH: .* has no Go sources of the load generator/,
    ))
})

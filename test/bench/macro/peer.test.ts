import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildGenerator } from '../../../bench/macro/generator.ts'
import { Peers } from '../../../bench/macro/peer.ts'

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

  it('that ends instead of starting is told by its name', async () => {
    await script('fox-wamp', 'exit 1')
    await assert.rejects(new Peers(folder).start('fox-wamp'), /fox-wamp does not start/)
  })

  it('must have the sources of the load generator', () =>
    assert.rejects(
      buildGenerator(folder, join(folder, 'out')),
      /WAMP_BENCH: .* has no Go sources of the load generator/,
    ))
})

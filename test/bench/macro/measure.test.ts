import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from '../../../bench/macro/measure.ts'
import { faultOf } from '../../../bench/macro/measurement.ts'
import { Peers } from '../../../bench/macro/peer.ts'
import type { Row, Variant } from '../../../bench/macro/row.ts'

describe('A measurement', () => {
  const variant: Variant = {
    name: 'relay-ws',
    subject: 'relay-ws',
    transport: 'ws',
    serializer: 'json',
    load: [],
  }
  const row: Row = { key: 'x', what: 'x', rounds: 1, variants: [variant], comparisons: [] }
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-measure-'))
    await mkdir(join(folder, 'peers'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const script = (file: string, ...lines: readonly string[]): Promise<void> =>
    writeFile(join(folder, file), ['#!/bin/bash', ...lines, ''].join('\n'), { mode: 0o755 })

  async function fault(): Promise<string | undefined> {
    const peers = new Peers(folder, { startMs: 3_000 })
    const means = { tree: folder, generator: join(folder, 'generator'), peers }
    return faultOf(await measure(means, row, variant, { seconds: 0.1, warmup: 0 }))
  }

  it('has a fault where its peer hangs instead of starting', async () => {
    await script('peers/relay-ws.sh', 'echo "no port" >&2', 'sleep 60')
    assert.equal(
      await fault(),
      'relay-ws does not start: waiting for READY: not done after 3000 ms: no port',
    )
  })

  it('has a fault where its peer is not there', async () =>
    assert.match((await fault()) ?? '', /^relay-ws does not start: it ended with exit code 127/))

  it('has a fault with the last words of a peer that died while it was measured', async () => {
    await script('peers/relay-ws.sh', 'echo READY $$', 'sleep 0.1', 'echo "out of memory" >&2')
    const good = { ops_per_s: 1, ops_per_router_cpu_s: 1, errors: 0, lost_sessions: 0 }
    const waiting = 'while [ -d "/proc/$6" ]; do sleep 0.01; done'
    await script('generator', waiting, `echo '${JSON.stringify(good)}'`)
    assert.equal(await fault(), 'the router died: out of memory')
  })
})

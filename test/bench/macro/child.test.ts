import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, start, stop } from '../../../bench/macro/child.ts'
import { eventually } from '../../support/eventually.ts'
import { until } from '../../support/until.ts'
import { isGone } from './processes.ts'

describe('A process of the bench', () => {
  let folder: string
  /** In it stands the pid of what the process started. */
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-child-'))
    file = join(folder, 'pid')
  })
  afterEach(() => rm(folder, { recursive: true }))

  /** Starts another, which holds the pipes, and waits for it. */
  const script = (): string => `sleep 60 & echo $! >${file}; echo before; wait`
  const startedBy = async (): Promise<number> => {
    const pid = Number(await readFile(file, 'utf8'))
    assert.ok(pid > 0)
    return pid
  }

  it('is run to its end, with what it wrote', async () => {
    const told = await run('bash', ['-c', 'echo out; echo err >&2; exit 3'], { withinMs: 60_000 })
    assert.deepEqual(told, { code: 3, out: 'out\n', err: 'err\n' })
  })

  it('that takes too long is ended with a word of it, though it would call that a success', async () => {
    const patient = 'trap "exit 0" TERM; while true; do sleep 0.01; done'
    const { code, err } = await run('bash', ['-c', patient], { withinMs: 200 })
    assert.deepEqual([code, err], [1, 'no end after 200 ms'])
  })

  it('that takes too long is not waited for any more where something else holds its pipes', async () => {
    const { code, out, err } = await run('bash', ['-c', script()], { withinMs: 3_000 })
    assert.deepEqual([code, out, err], [1, 'before\n', 'no end after 3000 ms'])
    process.kill(await startedBy())
  })

  it('takes with it what it started where it is a group', async () => {
    const child = start('bash', ['-c', script()], { isGroup: true })
    const started = await eventually(startedBy)
    await stop(child)
    await until(() => isGone(started))
  })

  it('has a core to itself that does not fall asleep, and leaves nothing running on it', async function () {
    if (availableParallelism() < 2) this.skip()
    const beside = 'until ps -o pid=,cls=,psr= -g $$ | grep " IDL  *1$"; do sleep 0.01; done'
    const options = { core: 1, withinMs: 10_000 }
    const { out } = await run('bash', ['-c', `${beside}; taskset -cp $$`], options)
    assert.match(out, /current affinity list: 1\n/)
    const loop = Number.parseInt(out)
    assert.ok(loop > 0, out)
    await until(() => isGone(loop))
  })

  it('leaves nothing behind where it is a group and ends by itself', async () => {
    await run('bash', ['-c', `sleep 60 & echo $! >${file}`], { isGroup: true })
    const started = await startedBy()
    await until(() => isGone(started))
  })
})

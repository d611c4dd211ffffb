import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Supervised } from '../../demo/supervised.ts'
import type { ChildDefinition, Patience } from '../../demo/supervised.ts'
import { until } from '../support/until.ts'
import { gone, isAlive } from './processes.ts'

describe('a supervised child', () => {
  let folder: string
  let starts: string
  let said: string[]
  let happened: string[]
  const children: Supervised[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-supervised-'))
    starts = join(folder, 'starts')
    said = []
    happened = []
  })

  afterEach(async () => {
    await Promise.all(children.splice(0).map((each) => each.stop()))
    await rm(folder, { recursive: true })
  })

  function child(
    behaviour: string,
    patience: Patience = {},
    more: Partial<ChildDefinition> = {},
  ): Supervised {
    const made = new Supervised(
      {
        name: 'child',
        module: '../test/demo/children/behave',
        args: [behaviour, starts],
        ...more,
      },
      { said: (line) => said.push(line), happened: (what) => happened.push(what) },
      { backoff: { shortestMs: 5, longestMs: 20 }, ...patience },
    )
    children.push(made)
    return made
  }

  const count = async (): Promise<number> => (await readFile(starts, 'utf8')).length

  it('is ready when it says so in JSON; other lines are only noted', async () => {
    const made = child('serve')
    const { pid } = await made.start()
    assert.equal(pid, made.pid)
    assert.deepEqual(said, ['not JSON'])
  })

  it('is started again when it is killed, and not after it was stopped', async () => {
    const made = child('serve')
    const { pid } = (await made.start()) as { pid: number }
    process.kill(pid, 'SIGKILL')
    await until(() => made.pid !== pid && said.length === 2, 8_000)
    assert.match(happened[0] ?? '', /^ended \(SIGKILL\); it is started again in 0\.0 s$/)
    const second = made.pid
    assert.ok(second !== undefined && isAlive(second))
    await made.stop()
    await gone([second])
    assert.equal(await count(), 2)
    assert.equal(happened.length, 1)
  })

  it('may stumble before it is ready', async () => {
    await child('stumble').start()
    assert.equal(await count(), 3)
  })

  it('is given up when it refuses what it is given, with its own words', async () => {
    await assert.rejects(child('refuse').start(), /^Error: the arguments are wrong$/)
    assert.equal(await count(), 1)
  })

  it('is given up with what it reports of itself, whatever else was printed', async () => {
    for (const behaviour of ['report', 'send']) {
      await assert.rejects(child(behaviour).start(), /^Error: the folder is taken$/)
      assert.ok(said.includes('library WARNING: not for production'))
    }
    assert.deepEqual(happened, [])
  })

  it('is given its input at every start, and not in its environment', async () => {
    const made = child('read', {}, { input: 'a code' })
    const { pid } = (await made.start()) as { pid: number }
    assert.deepEqual(said, ['read a code'])
    assert.doesNotMatch(await readFile(`/proc/${pid}/environ`, 'utf8'), /a code/)
    process.kill(pid, 'SIGKILL')
    await until(() => said.length === 2, 8_000)
    assert.deepEqual(said, ['read a code', 'read a code'])
  })

  it('is given up when it fails again and again before it was ready', async () => {
    await assert.rejects(child('fail').start(), /failure 3/)
    assert.equal(await count(), 3)
  })

  it('goes on being started where it is stubborn', async () => {
    await assert.rejects(child('refuse', {}, { stubborn: true }).start(), /the arguments are wrong/)
    await until(() => happened.length >= 2, 8_000)
  })

  it('is killed when it does not get ready', async () => {
    const patience = { readyMs: 50, firstTries: 1 }
    await assert.rejects(child('hang', patience).start(), /the child ended \(SIGKILL\)/)
    assert.deepEqual(happened, ['is not ready after 50 ms'])
  })

  it('is killed when it does not go', async () => {
    const made = child('ignore', { graceMs: 200 })
    const { pid } = (await made.start()) as { pid: number }
    await made.stop()
    await gone([pid])
    assert.deepEqual(said, ['no'])
  })

  it('can be stopped while it starts, and while it waits to be started again', async () => {
    const starting = child('hang')
    const refused = assert.rejects(starting.start(), /was stopped before it was ready/)
    await starting.stop()
    await refused
    const waiting = child('fail', { backoff: { shortestMs: 60_000, longestMs: 60_000 } })
    const never = assert.rejects(waiting.start(), /was stopped before it was ready/)
    await until(() => happened.length === 1, 8_000)
    await waiting.stop()
    await never
  })
})

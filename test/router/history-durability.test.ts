import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { SqliteStore } from '../../ecosystems/store/sqlite.ts'
import type { HistoryTopic } from '../../router/history.ts'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'

const child = fileURLToPath(new URL('./keeping-child.ts', import.meta.url))

describe('The history of a topic, in a database', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-history-'))
    path = join(folder, 'latchkey.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const topic: HistoryTopic = { uri: 'house.door', match: 'exact', limit: 100_000 }

  const withRouter = async (
    topics: readonly HistoryTopic[],
    task: (open: OpenRouter) => Promise<void>,
  ): Promise<void> => {
    const events = await SqliteStore.open(path)
    const open = await startOpenRouter({ realm: { topics, events } })
    try {
      await task(open)
    } finally {
      await open.stop()
      await events.close()
    }
  }

  it('survives a restart with ids, times and payloads, and the broker announces event_history', async () => {
    let before: unknown
    await withRouter([topic], async (open) => {
      const client = await open.connect()
      const [, , details] = await client.join()
      const { roles } = details as { roles: { broker: { features: Record<string, unknown> } } }
      assert.equal(roles.broker.features['event_history'], true)
      const packed = await open.connect('msgpack')
      await packed.join()
      client.send([16, 1, {}, 'house.door', ['json'], { n: 1 }])
      await client.settle()
      packed.send([16, 1, {}, 'house.door', [new Uint8Array([1, 2]), 2 ** 40]])
      await packed.settle()
      const id = await client.subscribe('house.door', {}, 2)
      before = await client.ask([48, 3, {}, 'wamp.subscription.get_events', [id]])
    })
    // Another topic comes first now, so the subscription has another id.
    await withRouter([{ ...topic, uri: 'a.b' }, topic], async (open) => {
      const client = await open.join()
      const id = await client.subscribe('house.door')
      const after = await client.ask([48, 3, {}, 'wamp.subscription.get_events', [id]])
      const plain = ([, , , events]: unknown[]): unknown =>
        (events as object[]).map((event) => ({ ...event, subscription: 0 }))
      assert.deepEqual(plain(after), plain(before as unknown[]))
      const [, second] = after[3] as { args: unknown[]; subscription: number }[]
      assert.deepEqual(second?.args, ['\u0000AQI=', 2 ** 40])
      assert.equal(second?.subscription, id)
    })
  })

  it('loses nothing that was acknowledged when the router is killed at any moment', async function () {
    this.timeout(60_000)
    const acknowledged: number[] = []
    for (const enough of [1, 300, 40]) {
      const first = (acknowledged.at(-1) ?? -1) + 1_000_000
      const keeper = spawn(process.execPath, ['--import', 'tsx', child, path, String(first)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(keeper, 'exit')
      let seen = 0
      for await (const line of createInterface({ input: keeper.stdout })) {
        acknowledged.push(Number(line))
        seen += 1
        if (seen === enough) keeper.kill('SIGKILL')
      }
      const [, signal] = (await ended) as [number | null, string | null]
      assert.equal(signal, 'SIGKILL')
      const store = await SqliteStore.open(path)
      const stream = { realm: 'realm1', match: 'exact', uri: 'house.door' } as const
      const events = await store.listEvents({ stream, reverse: false, limit: 100_000 })
      await store.close()
      const kept = events.map(({ payload }) => {
        const [number] = JSON.parse(`[${Buffer.from(payload).toString()}]`) as [number[]]
        return number[0] ?? Number.NaN
      })
      assert.deepEqual(
        kept,
        kept.toSorted((a, b) => a - b),
        'in the order in which they were published',
      )
      const known = new Set(kept)
      assert.deepEqual(
        acknowledged.filter((number) => !known.has(number)),
        [],
      )
    }
  })
})

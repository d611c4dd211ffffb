import assert from 'node:assert/strict'
import type { WampClient } from '../../support/wamp-client.ts'
import type { Scene } from './scene.ts'

/** Node keys and resource keys (rfc/text/advanced/pubsub_sharded_subscription.md). */
export function describeShardedSubscriptions(scene: () => Scene): void {
  describe('a sharded subscription', () => {
    const topic = 'sensor.temperature'
    let publisher: WampClient

    beforeEach(async () => {
      publisher = await scene().join()
    })

    const nodes = async (...keys: string[]): Promise<WampClient[]> => {
      const joined = []
      for (const nkey of keys) {
        const node = await scene().joinOther()
        await node.subscribe(topic, { nkey })
        joined.push(node)
      }
      return joined
    }
    /** Which of the listeners got what was published with each of the keys. */
    const shares = async (
      listeners: readonly WampClient[],
      keys: string[],
    ): Promise<string[][]> => {
      for (const rkey of keys) publisher.send([16, 1, { rkey }, topic, [rkey]])
      await publisher.settle()
      const got = []
      for (const listener of listeners) {
        got.push((await listener.settle()).map((event) => (event[4] as string[])[0] ?? ''))
      }
      return got
    }
    const keys = Array.from({ length: 60 }, (_, i) => `sn${i}`)

    it('gives a publication with rkey to exactly one of the subscribers with nkey, and the same one each time', async () => {
      const listeners = await nodes('node1', 'node2', 'node3')
      const first = await shares(listeners, keys)
      assert.deepEqual(first.flat().toSorted(), keys.toSorted())
      for (const share of first) assert(share.length > 5, `${share.length} of 60`)
      assert.deepEqual(await shares(listeners, keys), first)
    })

    it('moves only what was its own to the others when a node leaves', async () => {
      const listeners = await nodes('node1', 'node2', 'node3')
      const before = await shares(listeners, keys)
      const [leaving, ...staying] = listeners
      leaving?.close()
      await leaving?.closed
      const after = await shares(staying, keys)
      assert.deepEqual(after.flat().toSorted(), keys.toSorted())
      for (const [i, share] of after.entries()) {
        for (const key of before[i + 1] ?? []) assert(share.includes(key))
      }
    })

    it('gives everything to subscribers without nkey, and to all what has no rkey', async () => {
      const listeners = await nodes('node1', 'node2')
      const whole = await scene().joinOther()
      await whole.subscribe(topic)
      const [one, other, all] = await shares([...listeners, whole], ['sn1', 'sn2'])
      assert.deepEqual([...(one ?? []), ...(other ?? [])].toSorted(), ['sn1', 'sn2'])
      assert.deepEqual(all, ['sn1', 'sn2'])
      publisher.send([16, 1, {}, topic, ['to all']])
      await publisher.settle()
      for (const listener of [...listeners, whole]) {
        assert.equal((await listener.settle()).length, 1)
      }
    })
  })
}

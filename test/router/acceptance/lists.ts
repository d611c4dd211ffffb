import assert from 'node:assert/strict'
import type { WampClient } from '../../support/wamp-client.ts'
import type { Scene } from './scene.ts'

/** Whom a publisher wants to reach (rfc/text/advanced/pubsub_subscriber_blackwhite_listing.md). */
export function describeLists(scene: () => Scene): void {
  describe('a publisher’s list', () => {
    let publisher: WampClient
    let listeners: WampClient[]
    /** Session ids of the two listeners. */
    let door: number
    let lamp: number

    beforeEach(async () => {
      publisher = await scene().join()
      listeners = []
      const ids: number[] = []
      for (const authid of ['door', 'lamp']) {
        const listener = await scene().joinOther('realm1', { authid })
        ids.push([...scene().open.realm1.sessions.keys()].at(-1) ?? 0)
        await listener.subscribe('house.all')
        listeners.push(listener)
      }
      ;[door, lamp] = ids as [number, number]
    })

    /** How many events the listeners door and lamp got. */
    const reached = async (options: object): Promise<number[]> => {
      publisher.send([16, 1, options, 'house.all'])
      await publisher.settle()
      const counts = []
      for (const listener of listeners) counts.push((await listener.settle()).length)
      return counts
    }

    it('exclude keeps an event from the sessions that it names', async () => {
      assert.deepEqual(await reached({}), [1, 1])
      assert.deepEqual(await reached({ exclude: [door] }), [0, 1])
      assert.deepEqual(await reached({ exclude: [lamp, 4711] }), [1, 0])
      assert.deepEqual(await reached({ exclude: [door, lamp] }), [0, 0])
    })

    it('exclude_authid keeps an event from sessions of the authids that it names', async () => {
      assert.deepEqual(await reached({ exclude_authid: ['lamp'] }), [1, 0])
      assert.deepEqual(await reached({ exclude_authid: ['lamp', 'door'] }), [0, 0])
      assert.deepEqual(await reached({ exclude_authid: ['LAMP', 'other'] }), [1, 1])
    })

    it('exclude_authrole keeps an event from sessions of the authroles that it names', async () => {
      assert.deepEqual(await reached({ exclude_authrole: ['anonymous'] }), [0, 0])
      assert.deepEqual(await reached({ exclude_authrole: ['owner'] }), [1, 1])
    })

    it('eligible lets an event reach only the sessions that it names', async () => {
      assert.deepEqual(await reached({ eligible: [door] }), [1, 0])
      assert.deepEqual(await reached({ eligible: [lamp, 4711] }), [0, 1])
      assert.deepEqual(await reached({ eligible: [4711] }), [0, 0])
    })

    it('eligible_authid lets an event reach only sessions of the authids that it names', async () => {
      assert.deepEqual(await reached({ eligible_authid: ['lamp'] }), [0, 1])
      assert.deepEqual(await reached({ eligible_authid: ['lamp', 'door'] }), [1, 1])
      assert.deepEqual(await reached({ eligible_authid: ['other'] }), [0, 0])
    })

    it('eligible_authrole lets an event reach only sessions of the authroles that it names', async () => {
      assert.deepEqual(await reached({ eligible_authrole: ['anonymous'] }), [1, 1])
      assert.deepEqual(await reached({ eligible_authrole: ['owner'] }), [0, 0])
    })

    it('is one of six conditions, all of which a subscriber must meet', async () => {
      const all = {
        eligible: [door, lamp],
        eligible_authid: ['door', 'lamp'],
        eligible_authrole: ['anonymous'],
        exclude: [4711],
        exclude_authid: ['window'],
        exclude_authrole: ['owner'],
      }
      assert.deepEqual(await reached(all), [1, 1])
      assert.deepEqual(await reached({ ...all, eligible: [door] }), [1, 0])
      assert.deepEqual(await reached({ ...all, eligible_authid: ['lamp'] }), [0, 1])
      assert.deepEqual(await reached({ ...all, eligible_authrole: ['owner'] }), [0, 0])
      assert.deepEqual(await reached({ ...all, exclude: [door] }), [0, 1])
      assert.deepEqual(await reached({ ...all, exclude_authid: ['lamp'] }), [1, 0])
      assert.deepEqual(await reached({ ...all, exclude_authrole: ['anonymous'] }), [0, 0])
      assert.deepEqual(await reached({ eligible: [door], exclude: [door] }), [0, 0])
    })

    it('that is there but empty makes nobody eligible: it is not the same as no list', async () => {
      for (const key of ['eligible', 'eligible_authid', 'eligible_authrole']) {
        assert.deepEqual(await reached({ [key]: [] }), [0, 0], key)
        assert.deepEqual(await reached({ [key]: [], exclude: [4711] }), [0, 0], key)
      }
      for (const key of ['exclude', 'exclude_authid', 'exclude_authrole']) {
        assert.deepEqual(await reached({ [key]: [] }), [1, 1], key)
      }
    })
  })
}

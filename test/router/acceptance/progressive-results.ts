import assert from 'node:assert/strict'
import { announcing } from '../../support/roles.ts'
import { until } from '../../support/until.ts'
import type { WampClient } from '../../support/wamp-client.ts'
import { assertError, type Scene } from './scene.ts'

/** Progressive call results (rfc/text/advanced/rpc_progressive_call_results.md). */
export function describeProgressiveResults(scene: () => Scene): void {
  const streaming = announcing({ callee: ['progressive_call_results', 'call_canceling'] })
  const asking = announcing({ caller: ['progressive_call_results', 'call_canceling'] })
  /** A caller, and a callee that was asked for `count.down` with progress. */
  const begun = async (): Promise<[WampClient, WampClient, unknown]> => {
    const caller = await scene().join('realm1', asking)
    const device = await scene().joinOther('realm1', streaming)
    await device.register('count.down')
    caller.send([48, 1, { receive_progress: true }, 'count.down', [3]])
    const [, invocation, , details] = await device.next()
    assert.deepEqual(details, { receive_progress: true })
    return [caller, device, invocation]
  }

  describe('a call with receive_progress', () => {
    it('tells only a callee that announced progressive_call_results', async () => {
      const caller = await scene().join('realm1', asking)
      for (const [i, features, details] of [
        [1, ['progressive_call_results', 'call_canceling'], { receive_progress: true }],
        [2, ['call_canceling'], {}],
        [3, [], {}],
      ] as const) {
        const device = await scene().joinOther('realm1', announcing({ callee: features }))
        await device.register(`count.down${i}`)
        caller.send([48, i, { receive_progress: true }, `count.down${i}`])
        assert.deepEqual((await device.next())[3], details)
      }
    })

    it('gets each YIELD with progress at once as RESULT with progress, in order, with its arguments', async () => {
      const [caller, device, invocation] = await begun()
      for (let i = 3; i > 0; i--) {
        device.send([70, invocation, { progress: true }, [i], { left: i }])
        assert.deepEqual(await caller.next(), [50, 1, { progress: true }, [i], { left: i }])
      }
      device.send([70, invocation, { progress: true }])
      assert.deepEqual(await caller.next(), [50, 1, { progress: true }])
      device.send([70, invocation, {}, ['lift off']])
      assert.deepEqual(await caller.next(), [50, 1, {}, ['lift off']])
    })

    it('ends with the final RESULT or ERROR, and nothing comes after it', async () => {
      for (const last of ['result', 'error']) {
        const [caller, device, invocation] = await begun()
        device.send([70, invocation, { progress: true }, [1]])
        if (last === 'result') device.send([70, invocation, {}, ['done']])
        else device.send([8, 68, invocation, {}, 'count.error.stuck', ['at 1']])
        device.send([70, invocation, { progress: true }, ['late']])
        device.send([70, invocation, {}, ['late']])
        const [first, second] = await caller.take(2)
        assert.deepEqual(first, [50, 1, { progress: true }, [1]])
        assert.deepEqual(
          second,
          last === 'result' ? [50, 1, {}, ['done']] : [8, 48, 1, {}, 'count.error.stuck', ['at 1']],
        )
        assert.deepEqual(await device.settle(), [])
        assert.deepEqual(await caller.settle(), [])
        device.drop()
        await until(() => scene().open.realm1.dealer.registrations.size === 0)
      }
    })

    it('whose caller is gone in the middle interrupts the callee with killnowait, and late YIELDs are dropped', async () => {
      const [caller, device, invocation] = await begun()
      device.send([70, invocation, { progress: true }, [1]])
      await caller.next()
      caller.drop()
      assert.deepEqual(await device.next(), [69, invocation, { mode: 'killnowait' }])
      device.send([70, invocation, { progress: true }, [2]])
      device.send([70, invocation, {}, [3]])
      assert.deepEqual(await device.settle(), [])
    })

    it('whose callee is gone in the middle ends with wamp.error.canceled', async () => {
      const [caller, device, invocation] = await begun()
      device.send([70, invocation, { progress: true }, [1]])
      await caller.next()
      device.drop()
      assertError(await caller.next(), 48, 1, 'wamp.error.canceled')
    })

    it('gets the progress of a callee that did not announce it, as clients in wide use report it so', async () => {
      const caller = await scene().join('realm1', asking)
      const device = await scene().joinOther()
      await device.register('count.down')
      caller.send([48, 1, { receive_progress: true }, 'count.down'])
      const [, invocation, , details] = await device.next()
      assert.deepEqual(details, {})
      device.send([70, invocation, { progress: true }, [1]])
      assert.deepEqual(await caller.next(), [50, 1, { progress: true }, [1]])
    })

    it('that is canceled with kill goes on until the callee answers', async () => {
      const [caller, device, invocation] = await begun()
      caller.send([49, 1, { mode: 'kill' }])
      assert.deepEqual(await device.next(), [69, invocation, { mode: 'kill' }])
      device.send([70, invocation, { progress: true }, ['nearly']])
      device.send([8, 68, invocation, {}, 'wamp.error.cancelled'])
      assert.deepEqual(await caller.next(), [50, 1, { progress: true }, ['nearly']])
      assert.deepEqual(await caller.next(), [8, 48, 1, {}, 'wamp.error.canceled'])
    })
  })

  describe('a call without receive_progress', () => {
    it('gets no progress, whatever its callee reports, but the one final RESULT', async () => {
      const caller = await scene().join('realm1', asking)
      const device = await scene().joinOther('realm1', streaming)
      await device.register('count.down')
      caller.send([48, 1, {}, 'count.down'])
      const [, invocation, , details] = await device.next()
      assert.deepEqual(details, {})
      device.send([70, invocation, { progress: true }, [1]])
      device.send([70, invocation, {}, [2]])
      assert.deepEqual(await caller.next(), [50, 1, {}, [2]])
      assert.deepEqual(await caller.settle(), [])
    })
  })
}

import assert from 'node:assert/strict'
import { announcing } from '../../support/roles.ts'
import type { WampClient } from '../../support/wamp-client.ts'
import { assertError, type Scene } from './scene.ts'

/** Call re-routing (rfc/text/advanced/rpc_call_rerouting.md). */
export function describeRerouting(scene: () => Scene): void {
  const able = announcing({ callee: ['call_reroute', 'shared_registration'] })
  /** Callees of `lamp.switch`; those that are busy say so, the others answer with their name. */
  const offer = async (
    names: readonly string[],
    busy: ReadonlySet<string>,
    invoke: string,
    asked: string[],
  ): Promise<WampClient[]> => {
    const devices: WampClient[] = []
    for (const name of names) {
      const device = await scene().joinOther('realm1', able)
      assert.equal((await device.ask([64, 1, { invoke }, 'lamp.switch']))[0], 65)
      device.intercept = (message) => {
        if (message[0] !== 68) return false
        asked.push(name)
        if (busy.has(name)) device.send([8, 68, message[1], {}, 'wamp.error.unavailable'])
        else device.send([70, message[1], {}, [name, ...((message[4] as unknown[]) ?? [])]])
        return true
      }
      devices.push(device)
    }
    return devices
  }

  describe('a call whose callee says wamp.error.unavailable', () => {
    it('goes to the next callee by the invoke policy, with its arguments, and its caller does not notice', async () => {
      const caller = await scene().join()
      const expected = {
        first: ['a', 'b', 'c'],
        last: ['d', 'c', 'b'],
        roundrobin: ['a', 'b', 'c'],
      }
      for (const [invoke, order] of Object.entries(expected)) {
        const asked: string[] = []
        const busy = new Set(order.slice(0, 2))
        const devices = await offer(['a', 'b', 'c', 'd'], busy, invoke, asked)
        const answer = await caller.ask([48, 1, {}, 'lamp.switch', ['on']])
        assert.deepEqual(answer, [50, 1, {}, [order[2], 'on']])
        assert.deepEqual(asked, order)
        for (const device of devices) {
          device.send([6, {}, 'wamp.close.close_realm'])
          await device.next()
        }
      }
    })

    it('goes to each callee once, and with random to all of them', async () => {
      const caller = await scene().join()
      const asked: string[] = []
      await offer(['a', 'b', 'c'], new Set(['a', 'b', 'c']), 'random', asked)
      const answer = await caller.ask([48, 1, {}, 'lamp.switch'])
      assertError(answer, 48, 1, 'wamp.error.no_available_callee')
      assert.deepEqual(asked.toSorted(), ['a', 'b', 'c'])
    })

    it('ends with no_available_callee when all of them, or a single one, are unavailable', async () => {
      const caller = await scene().join()
      for (const invoke of ['roundrobin', 'single']) {
        const asked: string[] = []
        const names = invoke === 'single' ? ['a'] : ['a', 'b']
        const devices = await offer(names, new Set(names), invoke, asked)
        const answer = await caller.ask([48, 1, {}, 'lamp.switch'])
        assertError(answer, 48, 1, 'wamp.error.no_available_callee')
        assert.deepEqual(asked, names)
        for (const device of devices) {
          device.send([6, {}, 'wamp.close.close_realm'])
          await device.next()
        }
      }
    })

    it('keeps that error where its single callee did not announce call_reroute, and means its caller', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      caller.send([48, 1, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      device.send([8, 68, invocation, {}, 'wamp.error.unavailable', ['no bulb']])
      assert.deepEqual(await caller.next(), [8, 48, 1, {}, 'wamp.error.unavailable', ['no bulb']])
    })
  })
}

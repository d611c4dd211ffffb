import assert from 'node:assert/strict'
import { announcing } from '../../support/roles.ts'
import type { WampClient } from '../../support/wamp-client.ts'
import { assertError, assertViolation, type Scene } from './scene.ts'

/** Progressive call invocations (rfc/text/advanced/rpc_progressive_call_invocations.md). */
export function describeProgressiveCalls(scene: () => Scene): void {
  const sending = announcing({
    caller: ['progressive_call_invocations', 'progressive_call_results', 'call_canceling'],
  })
  const receiving = announcing({
    callee: ['progressive_call_invocations', 'progressive_call_results', 'call_canceling'],
  })
  const parties = async (): Promise<[WampClient, WampClient, number]> => {
    const caller = await scene().join('realm1', sending)
    const device = await scene().joinOther('realm1', receiving)
    return [caller, device, await device.register('file.store')]
  }
  const more = { progress: true }

  describe('a call in parts', () => {
    it('reaches the callee part by part under one INVOCATION id, with progress but for the last', async () => {
      const [caller, device, registration] = await parties()
      caller.send([48, 1, more, 'file.store', ['one']])
      caller.send([48, 1, more, 'file.store', ['two'], { size: 3 }])
      caller.send([48, 1, {}, 'file.store', ['three']])
      assert.deepEqual(await device.take(3), [
        [68, 1, registration, more, ['one']],
        [68, 1, registration, more, ['two'], { size: 3 }],
        [68, 1, registration, {}, ['three']],
      ])
      device.send([70, 1, {}, ['stored']])
      assert.deepEqual(await caller.next(), [50, 1, {}, ['stored']])
    })

    it('ends with a CALL that says progress:false as with one that says nothing; the next CALL is a new one', async () => {
      const [caller, device] = await parties()
      caller.send([48, 1, more, 'file.store'])
      caller.send([48, 1, { progress: false }, 'file.store'])
      caller.send([48, 2, {}, 'file.store'])
      const [first, last, other] = await device.take(3)
      assert.deepEqual([first?.[1], first?.[3]], [1, more])
      assert.deepEqual([last?.[1], last?.[3]], [1, {}])
      assert.deepEqual([other?.[1], other?.[3]], [2, {}])
    })

    it('is refused with feature_not_supported where the callee did not announce it, or not call_canceling', async () => {
      const caller = await scene().join('realm1', sending)
      for (const [i, features] of [
        [1, []],
        [2, ['progressive_call_invocations']],
        [3, ['call_canceling', 'progressive_call_results']],
      ] as const) {
        const device = await scene().joinOther('realm1', announcing({ callee: features }))
        await device.register(`file.store${i}`)
        const answer = await caller.ask([48, i, more, `file.store${i}`, ['one']])
        assertError(answer, 48, i, 'wamp.error.feature_not_supported')
        assert.deepEqual(await device.settle(), [])
      }
    })

    it('reaches a callee that spells its feature call_cancelling, as the specification does once', async () => {
      const caller = await scene().join('realm1', sending)
      const features = ['progressive_call_invocations', 'call_cancelling']
      const device = await scene().joinOther('realm1', announcing({ callee: features }))
      await device.register('file.store')
      caller.send([48, 1, more, 'file.store'])
      assert.deepEqual((await device.next())[3], more)
    })

    it('goes to the callee that has its first part, all of it, whatever the invoke policy', async () => {
      const caller = await scene().join('realm1', sending)
      const devices = [1, 2, 3].map(() => scene().joinOther('realm1', receiving))
      const got: unknown[][] = []
      for (const [i, joining] of devices.entries()) {
        const device = await joining
        await device.ask([64, 1, { invoke: 'roundrobin' }, 'file.store'])
        device.intercept = (message) => {
          if (message[0] !== 68) return false
          got.push([i, ...(message[4] as unknown[])])
          if ((message[3] as { progress?: boolean }).progress !== true) {
            device.send([70, message[1], {}])
          }
          return true
        }
      }
      for (const request of [1, 2]) caller.send([48, request, more, 'file.store', [request, 'a']])
      for (const request of [1, 2]) caller.send([48, request, more, 'file.store', [request, 'b']])
      for (const request of [2, 1]) caller.send([48, request, {}, 'file.store', [request, 'c']])
      await caller.take(2)
      const of = (device: number): unknown[][] => got.filter(([who]) => who === device)
      assert.deepEqual(of(0), [
        [0, 1, 'a'],
        [0, 1, 'b'],
        [0, 1, 'c'],
      ])
      assert.deepEqual(of(1), [
        [1, 2, 'a'],
        [1, 2, 'b'],
        [1, 2, 'c'],
      ])
      assert.deepEqual(of(2), [])
    })

    it('keeps the options of its first part: of later ones only progress is read', async () => {
      const caller = await scene().connect()
      const [, session] = await caller.join('realm1', { authid: 'owner', ...sending })
      const device = await scene().joinOther('realm1', receiving)
      await device.register('file.store')
      const details = { caller: session, caller_authid: 'owner', caller_authrole: 'anonymous' }
      const first = { progress: true, disclose_me: true, receive_progress: true }
      caller.send([48, 1, first, 'file.store'])
      caller.send([48, 1, { progress: true, disclose_me: false, timeout: 5 }, 'file.store'])
      caller.send([48, 1, { receive_progress: false, _custom: 1 }, 'file.store'])
      const frozen = { ...details, receive_progress: true }
      const got = (await device.take(3)).map((invocation) => invocation[3])
      assert.deepEqual(got, [{ ...frozen, progress: true }, { ...frozen, progress: true }, frozen])
    })

    it('with receive_progress is a stream both ways under one id, neither side waiting for the other', async () => {
      const [caller, device] = await parties()
      caller.send([48, 1, { progress: true, receive_progress: true }, 'file.store', ['ping 1']])
      const [, invocation] = await device.next()
      device.send([70, invocation, more, ['pong 1']])
      device.send([70, invocation, more, ['pong 2']])
      assert.deepEqual(
        (await caller.take(2)).map(([, id, , args]) => [id, args]),
        [
          [1, ['pong 1']],
          [1, ['pong 2']],
        ],
      )
      caller.send([48, 1, more, 'file.store', ['ping 2']])
      caller.send([48, 1, {}, 'file.store', ['ping 3']])
      assert.deepEqual(
        (await device.take(2)).map(([, id, , , args]) => [id, args]),
        [
          [invocation, ['ping 2']],
          [invocation, ['ping 3']],
        ],
      )
      device.send([70, invocation, more, ['pong 3']])
      device.send([70, invocation, {}, ['end']])
      assert.deepEqual(await caller.take(2), [
        [50, 1, more, ['pong 3']],
        [50, 1, {}, ['end']],
      ])
    })

    it('that its caller leaves unfinished interrupts the callee with killnowait', async () => {
      const [caller, device] = await parties()
      caller.send([48, 1, more, 'file.store'])
      const [, invocation] = await device.next()
      caller.drop()
      assert.deepEqual(await device.next(), [69, invocation, { mode: 'killnowait' }])
    })

    it('whose callee is gone ends with wamp.error.canceled, also before its last part', async () => {
      const [caller, device] = await parties()
      caller.send([48, 1, more, 'file.store'])
      await device.next()
      device.drop()
      assertError(await caller.next(), 48, 1, 'wamp.error.canceled')
    })

    it('that changes its procedure on the way, or goes on after its last part, breaks the protocol', async () => {
      const [caller, device] = await parties()
      caller.rawIds = true
      caller.send([48, 1, more, 'file.store'])
      caller.send([48, 1, more, 'file.other'])
      await assertViolation(caller)
      const other = await scene().join('realm1', sending)
      other.rawIds = true
      other.send([48, 1, more, 'file.store'])
      other.send([48, 1, {}, 'file.store'])
      other.send([48, 1, {}, 'file.store'])
      await assertViolation(other)
      await device.settle()
    })
  })
}

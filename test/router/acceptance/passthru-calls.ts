import assert from 'node:assert/strict'
import { announcing } from '../../support/roles.ts'
import type { Format, WampClient } from '../../support/wamp-client.ts'
import { assertError, assertViolation, type Scene } from './scene.ts'

const feature = ['payload_passthru_mode']
const attributes = {
  ppt_scheme: 'wamp',
  ppt_serializer: 'cbor',
  ppt_cipher: 'xsalsa20poly1305',
  ppt_keyid: 'GTtQ37XGJO2O4R8Dvx4AUo8pe61D9evIWpKGQAPdOh0=',
}
const sealed = Buffer.from([0, 1, 2, 0x80, 0xff, 0xfe, 0x5b, 0x22])

/** Bytes as a client of that serializer writes and reads them. */
function bytesFor(format: Format): unknown {
  return format === 'json' ? `\0${sealed.toString('base64')}` : sealed
}

function sameBytes(value: unknown, format: Format): boolean {
  if (format === 'json') return value === bytesFor('json')
  return value instanceof Uint8Array && sealed.equals(value)
}

/** Calls in payload passthru mode (rfc/text/advanced/payload_passthru_mode.md). */
export function describePassthruCalls(scene: () => Scene): void {
  const passing = announcing({
    caller: feature,
    callee: [...feature, 'progressive_call_results', 'call_canceling'],
  })
  const parties = async (): Promise<[WampClient, WampClient]> => {
    const caller = await scene().join('realm1', passing)
    const device = await scene().joinOther('realm1', passing)
    await device.register('safe.open')
    return [caller, device]
  }

  describe('payload passthru mode', () => {
    it('carries the four ppt attributes from CALL.Options to INVOCATION.Details, and nothing else', async () => {
      const [caller, device] = await parties()
      caller.send([48, 1, { ...attributes, _other: 1 }, 'safe.open', ['sealed']])
      const [, , , details, args] = await device.next()
      assert.deepEqual([details, args], [attributes, ['sealed']])
      const mqtt = { ppt_scheme: 'mqtt', ppt_serializer: 'native' }
      caller.send([48, 2, mqtt, 'safe.open', ['sealed']])
      assert.deepEqual((await device.next())[3], mqtt)
    })

    it('carries them from YIELD.Options to RESULT.Details, also with progress, and from the callee’s ERROR.Details to the caller’s', async () => {
      const [caller, device] = await parties()
      caller.send([48, 1, { receive_progress: true }, 'safe.open'])
      caller.send([48, 2, {}, 'safe.open'])
      const [one, other] = await device.take(2)
      device.send([70, one?.[1], { ...attributes, progress: true }, ['part']])
      device.send([70, one?.[1], attributes, ['whole']])
      device.send([8, 68, other?.[1], attributes, 'safe.error.jammed', ['sealed']])
      assert.deepEqual(await caller.take(3), [
        [50, 1, { ...attributes, progress: true }, ['part']],
        [50, 1, attributes, ['whole']],
        [8, 48, 2, attributes, 'safe.error.jammed', ['sealed']],
      ])
    })

    it('that a caller, or a callee in its YIELD or ERROR, did not announce breaks the protocol', async () => {
      const unable = await scene().join()
      unable.send([48, 1, attributes, 'nobody.here', ['sealed']])
      assert.match(await assertViolation(unable), /caller\.payload_passthru_mode/)
      const caller = await scene().join('realm1', passing)
      for (const answer of ['yield', 'error']) {
        const device = await scene().joinOther()
        await device.register('safe.open')
        caller.send([48, 1, {}, 'safe.open'])
        const [, invocation] = await device.next()
        if (answer === 'yield') device.send([70, invocation, attributes, ['sealed']])
        else device.send([8, 68, invocation, attributes, 'safe.error.jammed'])
        assert.match(await assertViolation(device), /callee\.payload_passthru_mode/)
        assertError(await caller.next(), 48, 1, 'wamp.error.canceled')
      }
    })

    it('that the other side did not announce is feature_not_supported: to the caller of a CALL, to the callee of a YIELD, and no caller hangs', async () => {
      const [able, unable] = [await scene().join('realm1', passing), await scene().join()]
      const deaf = await scene().joinOther()
      await deaf.register('deaf.safe.open')
      const refused = await able.ask([48, 1, attributes, 'deaf.safe.open', ['sealed']])
      assertError(refused, 48, 1, 'wamp.error.feature_not_supported')
      assert.deepEqual(await deaf.settle(), [])
      const device = await scene().joinOther('realm1', passing)
      await device.register('safe.open')
      unable.send([48, 1, {}, 'safe.open'])
      const [, invocation] = await device.next()
      const answer = await device.ask([70, invocation, attributes, ['sealed']])
      assertError(answer, 70, invocation as number, 'wamp.error.feature_not_supported')
      assertError(await unable.next(), 48, 1, 'wamp.error.feature_not_supported')
    })

    it('in an ERROR for a caller that did not announce it leaves out what it could not read, and keeps the URI', async () => {
      const caller = await scene().join()
      const device = await scene().joinOther('realm1', passing)
      await device.register('safe.open')
      caller.send([48, 1, {}, 'safe.open'])
      const [, invocation] = await device.next()
      device.send([8, 68, invocation, { ...attributes, trace: 1 }, 'safe.error.jammed', ['sealed']])
      assert.deepEqual(await caller.next(), [8, 48, 1, { trace: 1 }, 'safe.error.jammed'])
    })

    it('hands the one binary argument on byte for byte, from CALL to INVOCATION and from YIELD to RESULT', async () => {
      const [caller, device] = await parties()
      caller.send([48, 1, attributes, 'safe.open', [bytesFor(caller.format)]])
      const [, invocation, , , args] = await device.next()
      assert(sameBytes((args as unknown[])[0], device.format))
      device.send([70, invocation, attributes, [bytesFor(device.format)]])
      const [, , , result] = await caller.next()
      assert(sameBytes((result as unknown[])[0], caller.format))
    })
  })
}

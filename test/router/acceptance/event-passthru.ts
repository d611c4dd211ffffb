import assert from 'node:assert/strict'
import type { WampClient } from '../../support/wamp-client.ts'
import { assertViolation, publisher as publisherWith, type Scene } from './scene.ts'

const secret = Buffer.from('10e3ff9053075c526f5fc06d4fe37cdb00', 'hex')

/** One binary argument as a client of the format has it (rfc/text/advanced/serialization_binary_json.md). */
function binary({ format }: WampClient): unknown {
  return format === 'json' ? `\u0000${secret.toString('base64')}` : new Uint8Array(secret)
}

/** Payload passthru mode of events (rfc/text/advanced/payload_passthru_mode.md). */
export function describeEventPassthru(scene: () => Scene): void {
  describe('an event in payload passthru mode', () => {
    const attributes = {
      ppt_scheme: 'wamp',
      ppt_serializer: 'cbor',
      ppt_cipher: 'xsalsa20poly1305',
      ppt_keyid: 'GTtQ37XGJO2O4R8Dvx4AUo8pe61D9evIWpKGQAPdOh0=',
    }

    it('has the ppt attributes of PUBLISH.Options in its details, all four or those there are', async () => {
      const publisher = await scene().join('realm1', publisherWith({ payload_passthru_mode: true }))
      const listener = await scene().joinOther()
      const exact = await listener.subscribe('house.door')
      await listener.subscribe('house', { match: 'prefix' }, 2)
      const details = async (options: object): Promise<unknown[]> => {
        publisher.send([16, 1, options, 'house.door', [binary(publisher)]])
        await publisher.settle()
        const events = await listener.settle()
        return events.toSorted(([, a]) => (a === exact ? -1 : 1)).map((event) => event[3])
      }
      assert.deepEqual(await details({ ...attributes, exclude_me: true, _custom: 1 }), [
        attributes,
        { ...attributes, topic: 'house.door' },
      ])
      const few = { ppt_scheme: 'x_my_ppt', ppt_keyid: '7' }
      assert.deepEqual(await details(few), [few, { ...few, topic: 'house.door' }])
      assert.deepEqual(await details({}), [{}, { topic: 'house.door' }])
    })

    it('carries its one binary argument byte for byte, as U+0000 and base64 to and from JSON', async () => {
      const publisher = await scene().join('realm1', publisherWith({ payload_passthru_mode: true }))
      const listener = await scene().joinOther()
      await listener.subscribe('house.door')
      publisher.send([16, 1, attributes, 'house.door', [binary(publisher)]])
      const [, , , , args] = await listener.next()
      const [argument] = args as unknown[]
      const bytes =
        listener.format === 'json'
          ? Buffer.from(String(argument).slice(1), 'base64')
          : Buffer.from(argument as Uint8Array)
      if (listener.format === 'json') assert.equal(argument, binary(listener))
      assert.deepEqual(bytes, secret)
    })

    it('from a publisher that did not announce the mode is ABORT protocol_violation', async () => {
      const offender = await scene().join()
      const listener = await scene().joinOther()
      await listener.subscribe('house.door')
      offender.send([16, 1, attributes, 'house.door', [binary(offender)]])
      assert.match(await assertViolation(offender), /payload_passthru_mode/)
      assert.deepEqual(await listener.settle(), [])
    })
  })
}

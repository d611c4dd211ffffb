import assert from 'node:assert/strict'
import { encode } from '@msgpack/msgpack'
import { encode as encodeCbor } from 'cborg'
import { cbor } from '../../../router/wire/cbor.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { json } from '../../../router/wire/json.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import {
  leftOut,
  readSamples,
  vectorsFolder,
  type SerializationSample,
  type ValidationSample,
} from '../../support/vectors.ts'
import { plain } from './plain.ts'

const serializers = [json, msgpack, cbor]

/** The vectors' words for fields, where ours differ. */
const fields: Readonly<Record<string, string>> = {
  message_type: 'type',
  request_id: 'request',
  request_type: 'requestType',
  session_id: 'session',
  subscription_id: 'subscription',
  publication_id: 'publication',
  registration_id: 'registration',
}

function checkSerialization(sample: SerializationSample): void {
  for (const serializer of serializers) {
    const variants = (sample.serializers[serializer.name] ?? []).map(({ bytes_hex }) => bytes_hex)
    assert.notEqual(variants.length, 0)
    for (const hex of variants) {
      const message = serializer.decode(Buffer.from(hex, 'hex'))
      checkAttributes(plain(message), sample.expected_attributes)
      assert.ok(variants.includes(serializer.encode(message).toString('hex')))
      // And across the other serializers, where nothing of the bytes as they came is left.
      for (const other of serializers) {
        const crossed = serializer.encode(other.decode(other.encode(message)))
        assert.ok(variants.includes(crossed.toString('hex')))
      }
    }
  }
}

function checkAttributes(
  message: Record<string, unknown>,
  expected: Readonly<Record<string, unknown>>,
): void {
  const payload = (message['payload'] ?? {}) as Record<string, unknown>
  for (const [name, value] of Object.entries(expected)) {
    // The payload of the older extension; those that have one are left out.
    if (name === 'payload') assert.equal(value, null)
    else if (name === 'args' || name === 'kwargs') assert.deepEqual(payload[name] ?? null, value)
    else if (name === 'roles') {
      assert.deepEqual((message['details'] as Record<string, unknown>)['roles'], value)
    } else assert.deepEqual(message[fields[name] ?? name], value, name)
  }
}

function checkValidation(sample: ValidationSample): void {
  for (const [serializer, frame] of [
    [json, Buffer.from(JSON.stringify(sample.wmsg))],
    [msgpack, Buffer.from(encode(sample.wmsg))],
    [cbor, Buffer.from(encodeCbor(sample.wmsg))],
  ] as const) {
    const { expected_error: expected } = sample
    if (expected === undefined) serializer.decode(frame)
    else {
      assert.throws(
        () => serializer.decode(frame),
        (error) =>
          error instanceof WampError &&
          error.uri === `wamp.error.${expected.type}` &&
          error.message.includes(expected.contains),
      )
    }
  }
}

describe("the specification's vectors of single messages", () => {
  if (vectorsFolder === undefined) {
    it('were left out, as WAMP_VECTORS names no folder that has them', () => {})
    return
  }

  const reasonsUsed = new Set<string>()
  const files = readSamples(vectorsFolder)
  for (const [name, samples] of files) {
    for (const sample of samples) {
      const reason = leftOut.find(({ applies }) => applies(sample))?.reason
      if (reason !== undefined) {
        reasonsUsed.add(reason)
        continue
      }
      it(`${name}: ${sample.description}`, () => {
        if ('wmsg' in sample) checkValidation(sample)
        else checkSerialization(sample)
      })
    }
  }

  it('are all there, and none is left out for a reason that no longer applies', () => {
    assert.ok(files.length >= 26)
    assert.deepEqual(
      leftOut.map(({ reason }) => reason).filter((reason) => !reasonsUsed.has(reason)),
      [],
    )
  })
})

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { encode } from '@msgpack/msgpack'
import { WampError } from '../../../router/wire/errors.ts'
import { json } from '../../../router/wire/json.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { plain } from './plain.ts'

/** A message in bytes and in fields. */
interface SerializationSample {
  readonly description: string
  readonly serializers: Readonly<Record<string, readonly { readonly bytes_hex: string }[]>>
  readonly expected_attributes: Readonly<Record<string, unknown>>
}

/** A message in its array form that is right, or wrong for what `contains` names. */
interface ValidationSample {
  readonly description: string
  readonly wmsg: readonly unknown[]
  readonly expected_error?: { readonly type: string; readonly contains: string }
}

type Sample = SerializationSample | ValidationSample

/** What the vectors hold of extensions that are no part of this router, each with the reason. */
const leftOut: readonly {
  readonly reason: string
  readonly applies: (sample: Sample) => boolean
}[] = [
  {
    reason: 'EVENT_RECEIVED is a message of an extension that was never ratified',
    applies: (sample) => attribute(sample, 'message_type') === 337,
  },
  {
    reason: 'enc_algo puts a string where Arguments is a list: an older extension than ppt_scheme',
    applies: (sample) => JSON.stringify(sample).includes('enc_algo'),
  },
  {
    reason:
      'forward_for belongs to router-to-router links and has no meaning here, so its type is not checked',
    applies: (sample) => expectedKey(sample) === 'forward_for',
  },
  {
    reason: 'transaction_hash is an extension of one vendor and passes as any unknown key',
    applies: (sample) => expectedKey(sample) === 'transaction_hash',
  },
  {
    reason: 'x_acknowledged_delivery is an extension of one vendor and passes as any unknown key',
    applies: (sample) => expectedKey(sample) === 'x_acknowledged_delivery',
  },
]

function attribute(sample: Sample, name: string): unknown {
  return 'expected_attributes' in sample ? sample.expected_attributes[name] : undefined
}

function expectedKey(sample: Sample): string | undefined {
  return 'wmsg' in sample ? sample.expected_error?.contains : undefined
}

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
  for (const serializer of [json, msgpack]) {
    const variants = (sample.serializers[serializer.name] ?? []).map(({ bytes_hex }) => bytes_hex)
    assert.notEqual(variants.length, 0)
    for (const hex of variants) {
      const message = serializer.decode(Buffer.from(hex, 'hex'))
      checkAttributes(plain(message), sample.expected_attributes)
      assert.ok(variants.includes(serializer.encode(message).toString('hex')))
      // And across the other serializer, where nothing of the bytes as they came is left.
      const other = serializer === json ? msgpack : json
      const crossed = serializer.encode(other.decode(other.encode(message)))
      assert.ok(variants.includes(crossed.toString('hex')))
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

const folder = process.env['WAMP_VECTORS']

describe("the specification's vectors", () => {
  if (folder === undefined) {
    it('were left out, as WAMP_VECTORS names no folder that has them', () => {})
    return
  }

  const reasonsUsed = new Set<string>()
  const root = join(folder, 'singlemessage')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .toSorted()

  for (const name of files) {
    const file = join(root, name)
    const { samples } = JSON.parse(readFileSync(file, 'utf8')) as { readonly samples: Sample[] }
    for (const sample of samples) {
      const reason = leftOut.find(({ applies }) => applies(sample))?.reason
      if (reason !== undefined) {
        reasonsUsed.add(reason)
        continue
      }
      it(`${relative(root, file)}: ${sample.description}`, () => {
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

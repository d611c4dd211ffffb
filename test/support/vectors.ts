import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A message in bytes and in fields. */
export interface SerializationSample {
  readonly description: string
  readonly serializers: Readonly<Record<string, readonly { readonly bytes_hex: string }[]>>
  readonly expected_attributes: Readonly<Record<string, unknown>>
}

/** A message in its array form that is right, or wrong for what `contains` names. */
export interface ValidationSample {
  readonly description: string
  readonly wmsg: readonly unknown[]
  readonly expected_error?: { readonly type: string; readonly contains: string }
}

export type Sample = SerializationSample | ValidationSample

/** What parties of a realm send and are sent, in order. */
export interface Script {
  readonly description: string
  readonly sessions: readonly {
    readonly session_id: string
    readonly roles: readonly string[]
    readonly realm: string
  }[]
  readonly sequence: readonly {
    readonly from: string
    readonly to: string
    readonly message: Readonly<Record<string, unknown>> & { readonly type: string }
  }[]
}

/** Where the specification's vectors are; `undefined`: they are left out. */
export const vectorsFolder: string | undefined = process.env['WAMP_VECTORS']

/** What the vectors hold of extensions that are no part of this router, each with the reason. */
export const leftOut: readonly {
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

/** Every sample of one message, by the name of its file. */
export function readSamples(folder: string): readonly (readonly [string, readonly Sample[]])[] {
  return readAll<{ readonly samples: readonly Sample[] }>(join(folder, 'singlemessage')).map(
    ([name, { samples }]) => [name, samples],
  )
}

/** Every script of several messages, by the name of its file. */
export function readScripts(folder: string): readonly (readonly [string, Script])[] {
  return readAll<Script>(join(folder, 'multisession'))
}

function readAll<Content>(root: string): (readonly [string, Content])[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => [name, JSON.parse(readFileSync(join(root, name), 'utf8')) as Content] as const)
}

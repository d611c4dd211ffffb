import { decode, type ExtensionCodecType } from '@msgpack/msgpack'
import { decode as decodeCbor, Tokenizer } from 'cborg'
import type { TagDecoder } from 'cborg/interface'

/**
 * What the serializers are held against: JSON.parse, @msgpack/msgpack and cborg, with the rules of WAMP's messages written
 * down a second time, as the specification words them.
 */

/** The elements after the type code, by type code. */
export const shapes: Readonly<Record<number, string>> = {
  1: 'realm dict',
  2: 'id dict',
  3: 'dict uri list? dict?',
  4: 'string dict',
  5: 'string dict',
  6: 'dict uri',
  8: 'int id dict uri list? dict?',
  16: 'id dict uri list? dict?',
  17: 'id id',
  32: 'id dict uri',
  33: 'id id',
  34: 'id id',
  35: 'id | zero dict',
  36: 'id id dict list? dict?',
  48: 'id dict uri list? dict?',
  49: 'id dict',
  50: 'id dict list? dict?',
  64: 'id dict uri',
  65: 'id id',
  66: 'id id',
  67: 'id | zero dict',
  68: 'id id dict list? dict?',
  69: 'id dict',
  70: 'id dict list? dict?',
}

const passthru = {
  ppt_scheme: 'string',
  ppt_serializer: 'string',
  ppt_cipher: 'string',
  ppt_keyid: 'string',
}

const options: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  16: {
    acknowledge: 'bool',
    exclude_me: 'bool',
    disclose_me: 'bool',
    retain: 'bool',
    exclude: 'ids',
    eligible: 'ids',
    exclude_authid: 'strings',
    exclude_authrole: 'strings',
    eligible_authid: 'strings',
    eligible_authrole: 'strings',
    rkey: 'string',
    ...passthru,
  },
  32: { match: 'exact|prefix|wildcard', get_retained: 'bool', nkey: 'string' },
  36: {
    publisher: 'id',
    publisher_authid: 'string',
    publisher_authrole: 'string',
    topic: 'string',
    retained: 'bool',
    trustlevel: 'natural',
    ...passthru,
  },
  48: {
    receive_progress: 'bool',
    progress: 'bool',
    disclose_me: 'bool',
    timeout: 'natural',
    runmode: 'string',
    rkey: 'string',
    ...passthru,
  },
  49: { mode: 'string' },
  50: { progress: 'bool', ...passthru },
  64: {
    match: 'exact|prefix|wildcard',
    invoke: 'string',
    disclose_caller: 'bool',
    forward_timeout: 'bool',
    force_reregister: 'bool',
    concurrency: 'positive',
  },
  68: {
    receive_progress: 'bool',
    progress: 'bool',
    caller: 'id',
    caller_authid: 'string',
    caller_authrole: 'string',
    procedure: 'string',
    timeout: 'natural',
    trustlevel: 'natural',
    ...passthru,
  },
  69: { mode: 'string' },
  70: { progress: 'bool', ...passthru },
}

/** Whether a decoded value is a WAMP message. */
export function isMessage(value: unknown): boolean {
  if (!Array.isArray(value)) return false
  const [type, ...elements] = value as unknown[]
  const shape = typeof type === 'number' ? shapes[type] : undefined
  if (shape === undefined) return false
  return shape.split(' | ').some((form) => has(type as number, elements, form.split(' ')))
}

function has(type: number, elements: readonly unknown[], kinds: readonly string[]): boolean {
  if (elements.length > kinds.length) return false
  if (elements.length < kinds.filter((kind) => !kind.endsWith('?')).length) return false
  const dict = elements[kinds.indexOf('dict')] as Record<string, unknown> | undefined
  const resumes = type === 1 && dict !== undefined && is(dict, 'dict') && isResumption(dict)
  return (
    elements.every((element, i) => {
      const kind = kinds[i]?.replace('?', '') ?? ''
      return is(element, kind) || (kind === 'realm' && element === null && resumes)
    }) &&
    depthOf([type, ...elements]) <= 64 &&
    hasLegalOptions(type, dict ?? {})
  )
}

function isResumption(dict: Record<string, unknown>): boolean {
  return Object.hasOwn(dict, 'resume-session') && !isAbsent(dict['resume-session'])
}

function hasLegalOptions(type: number, dict: Record<string, unknown>): boolean {
  return Object.entries(options[type] ?? {}).every(
    ([key, kind]) => !Object.hasOwn(dict, key) || isAbsent(dict[key]) || is(dict[key], kind),
  )
}

function is(value: unknown, kind: string): boolean {
  switch (kind) {
    case 'id':
      return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 2 ** 53
    case 'int':
      return Number.isInteger(value)
    case 'zero':
      return value === 0
    case 'positive':
      return Number.isInteger(value) && Number(value) >= 1
    case 'natural':
      return Number.isInteger(value) && Number(value) >= 0
    case 'uri':
    case 'realm':
    case 'string':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'list':
      return Array.isArray(value)
    case 'dict':
      return (
        typeof value === 'object' && value !== null && value.constructor !== Leaf && isDict(value)
      )
    case 'ids':
      return Array.isArray(value) && value.every((item) => is(item, 'id'))
    case 'strings':
      return Array.isArray(value) && value.every((item) => is(item, 'string'))
    default:
      return kind.split('|').includes(value as string)
  }
}

function isDict(value: object): boolean {
  return !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function depthOf(value: unknown): number {
  let depth = 0
  let level = [value]
  while (level.length > 0) {
    const inner: unknown[] = []
    let containers = false
    for (const item of level) {
      if (typeof item !== 'object' || item === null || item instanceof Leaf) continue
      if (ArrayBuffer.isView(item)) continue
      containers = true
      for (const key of Object.keys(item)) inner.push((item as Record<string, unknown>)[key])
    }
    if (containers) depth++
    level = inner
  }
  return depth
}

/** What JSON.parse makes of a frame, or `undefined` where it is not JSON in UTF-8. */
export function readJson(frame: Buffer): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(frame)
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** An extension. */
class Leaf {
  readonly type: number
  readonly data: Uint8Array

  constructor(type: number, data: Uint8Array) {
    this.type = type
    this.data = data
  }
}

function isAbsent(value: unknown): boolean {
  if (value === undefined) return true
  return value instanceof Leaf && value.type === 0 && value.data.length === 1 && value.data[0] === 0
}

class Refused extends Error {}

const extensionCodec: ExtensionCodecType<undefined> = {
  tryToEncode: () => null,
  decode(data, type) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    if (type === -1) {
      if (![4, 8, 12].includes(data.length)) throw new Refused()
      if (data.length === 8 && view.getUint32(0) >>> 2 > 999_999_999) throw new Refused()
      if (data.length === 12 && view.getUint32(0) > 999_999_999) throw new Refused()
    }
    return new Leaf(type, data)
  },
}

/** What @msgpack/msgpack makes of a frame, or `undefined` where it is not MessagePack, or more than WAMP has of it. */
export function readMsgpack(frame: Buffer): { readonly value: unknown } | undefined {
  // Longer than the frames of a test: the library would make lists of any length that a frame announces.
  const limits = { maxArrayLength: 4096, maxMapLength: 4096 }
  const keys = {
    keyDecoder: {
      canBeCached: () => true,
      decode: (bytes: Uint8Array, at: number, length: number) =>
        utf8.decode(bytes.subarray(at, at + length)),
    },
    mapKeyConverter(key: unknown): string {
      if (typeof key !== 'string') throw new Refused()
      return key
    },
  }
  try {
    const value = decode(frame, { ...limits, ...keys, extensionCodec })
    // The library takes any bytes for a string: its strings are compared with their bytes.
    const bytes = decode(frame, { ...limits, ...keys, extensionCodec, rawStrings: true })
    return haveStringsInUtf8(value, bytes) ? { value } : undefined
  } catch {
    return undefined
  }
}

/** A value with a tag before it. */
class Tagged {
  readonly tag: number
  readonly value: unknown

  constructor(tag: number, value: unknown) {
    this.tag = tag
    this.value = value
  }
}

/** Has whatever tag there is. */
const anyTag = new Proxy<Record<number, TagDecoder>>(
  {},
  { get: (_, tag) => (readContent: () => unknown) => new Tagged(Number(tag), readContent()) },
)

/**
 * What cborg makes of a frame, or `undefined` where it is not CBOR, or more than WAMP has of it. `'unknown'`: the frame
 * has a string of indefinite length, which the library does not read.
 */
export function readCbor(frame: Buffer): { readonly value: unknown } | 'unknown' | undefined {
  try {
    const value: unknown = decodeCbor(frame, { tags: anyTag })
    if (!Array.isArray(value) || value.some((item) => item instanceof Tagged)) return undefined
    // The library takes any bytes for a string.
    const tokens = new Tokenizer(frame, { retainStringBytes: true })
    while (!tokens.done()) {
      const { byteValue } = tokens.next() as { byteValue?: Uint8Array }
      if (byteValue !== undefined) utf8.decode(byteValue)
    }
    return { value: untagged(value, 0) }
  } catch (error) {
    return String(error).includes('indefinite length bytes/strings') ? 'unknown' : undefined
  }
}

/** With the rules for tags, and numbers where numbers are exact. */
function untagged(value: unknown, tags: number): unknown {
  // The library takes a stop code in the place of a dict's value for a value.
  if (tags > 8 || typeof value === 'symbol') throw new Refused()
  if (typeof value === 'bigint') {
    return value <= 2n ** 53n && value >= -(2n ** 53n) ? Number(value) : value
  }
  if (value instanceof Tagged) {
    if (!isLegalTag(value.tag, value.value)) throw new Refused()
    const content = untagged(value.value, tags + 1)
    return value.tag <= 3 ? new Leaf(value.tag, Buffer.alloc(0)) : content
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const items = value as Record<string, unknown>
  for (const key of Object.keys(items)) {
    const item = untagged(items[key], 0)
    Object.defineProperty(items, key, { value: item })
  }
  return items
}

function isLegalTag(tag: number, value: unknown): boolean {
  if (tag === 0) {
    if (typeof value !== 'string' || Buffer.byteLength(value) > 64) return false
    const [, start = '', offset = ''] =
      /^([\d-]{10}T[\d:]{8})(?:\.\d+)?(Z|[+-][\d:]{5})$/.exec(value) ?? []
    const at = Date.parse(`${start}Z`)
    if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(start)) return false
    return !start.startsWith('0000') && !Number.isNaN(Date.parse(`2000-01-01T00:00:00${offset}`))
  }
  if (tag === 1) {
    if (typeof value !== 'number' && typeof value !== 'bigint') return false
    return inCalendar(Number(value))
  }
  const isBytes = value instanceof Uint8Array
  if (tag === 2 || tag === 3) return isBytes && value.length <= 424
  if (tag >= 64 && tag <= 87) {
    const widths = [1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, 16, 2, 4, 8, 16]
    return isBytes && value.length % (widths[tag - 64] ?? 1) === 0
  }
  return ![25, 28, 29, 256].includes(tag)
}

function inCalendar(seconds: number): boolean {
  const year = new Date(Math.floor(seconds) * 1000).getUTCFullYear()
  return year >= 1 && (year <= 9998 || seconds <= Date.UTC(9999, 11, 31, 23, 59, 59) / 1000)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function haveStringsInUtf8(value: unknown, bytes: unknown): boolean {
  if (typeof value === 'string') return Buffer.from(value).equals(bytes as Uint8Array)
  if (typeof value !== 'object' || value === null || value instanceof Leaf) return true
  if (ArrayBuffer.isView(value)) return true
  return Object.keys(value).every((key) =>
    haveStringsInUtf8(
      (value as Record<string, unknown>)[key],
      (bytes as Record<string, unknown>)[key],
    ),
  )
}

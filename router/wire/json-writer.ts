import { Constant } from './constant.ts'
import { WampError } from './errors.ts'
import { maxDepth } from './elements.ts'
import { Extension } from './extension.ts'
import { emptyDict } from './message.ts'

const encoder = new TextEncoder()

/**
 * A value as JSON. `depth` is that of the list or dict in which it lies.
 * Bytes become the string `"\u0000"` and their base64 (rfc/text/advanced/serialization_binary_json.md), a bigint its
 * digits, a Date its ISO string, an Extension its bytes, what is no number (NaN, Infinity) null. `undefined`, functions
 * and symbols are absent from dicts and null in lists. No toJSON is called.
 * @throws WampError `wamp.error.invalid_argument` when nested deeper than a message may be
 */
export function writeJson(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value)
    case 'number':
      if (value === 0) return Object.is(value, -0) ? '-0' : '0'
      return writeNumber(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'object':
      if (value === null) return 'null'
      if (value === emptyDict) return '{}'
      return writeObject(value, depth + 1)
    default:
      return 'null'
  }
}

/** A constant in UTF-8, written once. Not in Node's pool, of which it would keep a piece as long as it lives. */
export function jsonOf(constant: Constant): Uint8Array {
  return (constant.jsonBytes ??= encoder.encode(writeJson(constant, 1)))
}

function writeString(value: string): string {
  // Most strings here are URIs and keys, which have nothing to escape.
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return JSON.stringify(value)
  }
  return `"${value}"`
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return 'null'
  const text = String(value)
  // A float that looked like an integer would be read as an exact one, with digits that it never had.
  return Math.abs(value) > 2 ** 53 && !text.includes('e') ? `${text}.0` : text
}

function writeObject(value: object, depth: number): string {
  if (ArrayBuffer.isView(value)) return writeBytes(value)
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? 'null' : `"${value.toISOString()}"`
  }
  if (value instanceof Extension) return writeBytes(value.data)
  if (value instanceof Constant) return (value.json ??= writeObject(value.value, depth))
  if (depth > maxDepth) {
    throw new WampError(
      'wamp.error.invalid_argument',
      `a value is nested deeper than ${maxDepth} in its message`,
    )
  }
  if (Array.isArray(value)) {
    let list = '['
    for (let i = 0; i < value.length; i++) {
      list += i === 0 ? writeJson(value[i], depth) : `,${writeJson(value[i], depth)}`
    }
    return `${list}]`
  }
  let dict = '{'
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key]
    if (item === undefined || typeof item === 'function' || typeof item === 'symbol') continue
    dict += `${dict === '{' ? '' : ','}${writeString(key)}:${writeJson(item, depth)}`
  }
  return `${dict}}`
}

function writeBytes(view: ArrayBufferView): string {
  const base64 = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')
  return `"\\u0000${base64}"`
}

import { ProofError } from './proof-error.ts'

/** Arguments and ArgumentsKw of a message; absent ones count as empty, as a receiver cannot tell them apart. */
export interface Arguments {
  readonly args?: readonly unknown[] | undefined
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined
}

/** Lists and dictionaries in each other. A message has less (64), and nobody's stack is to be used up. */
const maxDepth = 64

/**
 * The one text of which `args_sha256` is the digest: RFC 8785 of `[args, kwargs]`, with the values in WAMP's JSON form
 * (rfc/text/advanced/serialization_binary_json.md), so that it is the same whatever serializer they came by. Bytes are
 * `"\u0000"` and their base64, times their ISO text, `undefined` is absent from dictionaries and null in lists.
 * @throws ProofError `arguments` for what has no such form: whole numbers beyond 2^53 - 1, which not every peer reads
 * alike; what is no number; values of other kinds; half a surrogate pair; nesting beyond 64
 */
export function canonicalArguments({ args = [], kwargs = {} }: Arguments): string {
  return canonical([args, kwargs])
}

/** RFC 8785 of one value, by the same rules. @throws ProofError `arguments` */
export function canonical(value: unknown): string {
  return write(value, 0)
}

/** ECMAScript writes strings and numbers as RFC 8785 wants them; what is left to do is the order of keys. */
function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeText(value)
    case 'boolean':
      return String(value)
    case 'number':
      return writeNumber(value)
    case 'bigint':
      return writeNumber(Number(value))
    case 'object':
      return value === null ? 'null' : writeObject(value, depth + 1)
    default:
      return 'null'
  }
}

function writeText(value: string): string {
  // Peers differ in what they make of half a pair.
  if (/\p{Surrogate}/u.test(value))
    throw new ProofError('arguments', 'a text has half a surrogate pair')
  return JSON.stringify(value)
}

/** A whole number beyond is the same as its neighbours for some peers and another for others. */
function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new ProofError('arguments', `${value} is no number of JSON`)
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new ProofError('arguments', 'a whole number beyond 2^53 - 1 is not the same everywhere')
  return JSON.stringify(value)
}

function writeObject(value: object, depth: number): string {
  if (depth > maxDepth) throw new ProofError('arguments', `nested deeper than ${maxDepth}`)
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth)).join(',')}]`
  if (ArrayBuffer.isView(value)) return JSON.stringify(`\0${base64(value)}`)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new ProofError('arguments', 'a time that is none')
    return JSON.stringify(value.toISOString())
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype)
    throw new ProofError('arguments', 'a value of a kind that JSON has no form for')
  const members: string[] = []
  // The default order is that of UTF-16 code units, which is the one of RFC 8785.
  for (const key of Object.keys(value).sort()) {
    const item = (value as Record<string, unknown>)[key]
    const isAbsent = item === undefined || typeof item === 'function' || typeof item === 'symbol'
    if (!isAbsent) members.push(`${writeText(key)}:${write(item, depth)}`)
  }
  return `{${members.join(',')}}`
}

const chunkBytes = 8_192

/** By what browsers and Node both have. */
function base64(view: ArrayBufferView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  let text = ''
  for (let at = 0; at < bytes.length; at += chunkBytes)
    text += String.fromCharCode(...bytes.subarray(at, at + chunkBytes))
  return btoa(text)
}

import { setKey } from './dict.ts'
import { narrow } from './integer.ts'

/**
 * A value from JSON that was proven well-formed and at most 64 deep. Strings of U+0000 and base64 become bytes
 * (rfc/text/advanced/serialization_binary_json.md); integers beyond 2^53 become bigints where 64 bits hold them, as
 * MessagePack has them, else numbers.
 */
export function readJson(text: string): unknown {
  const value: unknown = /\d{16}/.test(text) ? new ExactReader(text).value() : JSON.parse(text)
  return text.includes('"\\u0000') ? withBytes(value) : value
}

function withBytes(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('\0') ? (bytesOf(value) ?? value) : value
  if (typeof value !== 'object' || value === null) return value
  // Every key is an own one, also `__proto__`: it was defined, and assigning to an own key is safe.
  const items = value as Record<string, unknown>
  for (const key of Object.keys(items)) items[key] = withBytes(items[key])
  return value
}

/** What is not exactly the base64 of some bytes remains a string, so that it goes out again as it came in. */
function bytesOf(text: string): Buffer | undefined {
  const base64 = text.slice(1)
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : undefined
}

/** Reads what JSON.parse would round. Slower, and used only where a run of sixteen digits is in sight. */
class ExactReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): unknown {
    switch (this.#next()) {
      case '"':
        return this.#string()
      case '[':
        return this.#list()
      case '{':
        return this.#dict()
      case 't':
        this.#at += 4
        return true
      case 'f':
        this.#at += 5
        return false
      case 'n':
        this.#at += 4
        return null
      default:
        return this.#number()
    }
  }

  /** The next character that is not whitespace. */
  #next(): string | undefined {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++
    return this.#text[this.#at]
  }

  #list(): unknown[] {
    const list: unknown[] = []
    this.#at++
    if (this.#next() !== ']') {
      do list.push(this.value())
      while (this.#another())
    }
    this.#at++
    return list
  }

  #dict(): Record<string, unknown> {
    const dict: Record<string, unknown> = {}
    this.#at++
    if (this.#next() !== '}') {
      do {
        this.#next()
        const key = this.#string()
        this.#next()
        this.#at++
        setKey(dict, key, this.value())
      } while (this.#another())
    }
    this.#at++
    return dict
  }

  /** Steps over a comma, if one is next. */
  #another(): boolean {
    if (this.#next() !== ',') return false
    this.#at++
    return true
  }

  #string(): string {
    const start = this.#at++
    let escaped = false
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"') {
      if (this.#text[this.#at] === '\\') {
        escaped = true
        this.#at++
      }
      this.#at++
    }
    this.#at++
    return escaped
      ? (JSON.parse(this.#text.slice(start, this.#at)) as string)
      : this.#text.slice(start + 1, this.#at - 1)
  }

  #number(): number | bigint {
    const start = this.#at
    while (/[-+.\deE]/.test(this.#text.charAt(this.#at))) this.#at++
    const digits = this.#text.slice(start, this.#at)
    // No integer of 64 bits has more than twenty characters.
    if (digits.length < 16 || digits.length > 20 || /[.eE]/.test(digits)) return Number(digits)
    const value = BigInt(digits)
    return value < 1n << 64n && value >= -(1n << 63n) ? narrow(value) : Number(digits)
  }
}

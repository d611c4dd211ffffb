import { createHmac } from 'node:crypto'

const digits = '0123456789'
const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = lower.toUpperCase()
/** What salts are written in, the narrower before the wider. */
const narrow = [digits, `${digits}abcdef`, `${digits}ABCDEF`, digits + lower, digits + upper]
const wide = [digits + lower + upper, `${digits}${lower}${upper}+/`, `${digits}${lower}${upper}-_`]
const encodings = ['base64', 'base64url'] as const

/**
 * What an unknown name is challenged with, so that it looks like any other: one of the templates, which are what known
 * names are challenged with, and bytes of its own. The same name always gets the same, as a salt that changed from join
 * to join would tell that there is nobody of that name (rfc/text/advanced/authentication_scram.md, mock CHALLENGE).
 */
export class Decoys<T> {
  readonly #key: Buffer
  readonly #purpose: string
  readonly #templates: readonly [T, ...T[]]

  /** `key`: secret, and best the same after a restart. `purpose` keeps what is made for one method from another's. */
  constructor(key: Buffer, purpose: string, templates: readonly [T, ...T[]]) {
    this.#key = key
    this.#purpose = purpose
    this.#templates = templates
  }

  templateFor(name: string): T {
    const [first] = this.#templates
    const index = this.bytesFor(name, 'template', 6).readUIntBE(0, 6) % this.#templates.length
    return this.#templates[index] ?? first
  }

  bytesFor(name: string, what: string, length: number): Buffer {
    const blocks: Buffer[] = []
    for (let bytes = 0; bytes < length; bytes += 32) {
      const text = JSON.stringify([this.#purpose, what, name, bytes])
      blocks.push(createHmac('sha256', this.#key).update(text).digest())
    }
    return Buffer.concat(blocks, length)
  }

  /** Text as long as the other and written in the same way: a salt in hex among others in base64 would stand out. */
  textFor(name: string, what: string, like: string): string {
    const letters = like.replace(/=+$/, '')
    const isOf = (alphabet: string): boolean =>
      letters.split('').every((one) => alphabet.includes(one))
    const bytes = this.bytesFor(name, what, letters.length)
    const written = narrow.find(isOf)
    if (written === undefined) {
      const size = Buffer.from(like, 'base64').length
      const encoding = encodings.find((each) => Buffer.from(like, each).toString(each) === like)
      if (encoding !== undefined) return bytes.subarray(0, size).toString(encoding)
    }
    const alphabet = written ?? wide.find(isOf) ?? `${digits}${lower}${upper}-_`
    const text = Array.from(bytes, (octet) => alphabet[octet % alphabet.length]).join('')
    return text + like.slice(letters.length)
  }
}

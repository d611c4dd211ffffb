import { createHmac } from 'node:crypto'

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

  /** At most 32 bytes. */
  bytesFor(name: string, what: string, length: number): Buffer {
    const text = JSON.stringify([this.#purpose, what, name])
    return createHmac('sha256', this.#key).update(text).digest().subarray(0, length)
  }
}

import { createHash, createHmac, randomBytes } from 'node:crypto'
import { openKey } from '../proofs/private-file.ts'

/** What is kept at the same time of what was made; more is made anew. */
const mostKept = 10_000

/**
 * What an ecosystem's devices call a person, where it keeps names to itself: the same at each time, another one in
 * each ecosystem, and nothing from which the person could be told without the house's secret.
 */
export class Pseudonyms {
  readonly #secret: Uint8Array
  readonly #made = new Map<string, string>()

  /** @param secret 32 bytes that nobody but the house has: whoever knows it can tell who is behind a name */
  constructor(secret: Uint8Array) {
    if (secret.length < 32) throw new Error('the secret of pseudonyms is shorter than 32 bytes')
    this.#secret = secret
  }

  /** They end with the process. */
  static ephemeral(): Pseudonyms {
    return new Pseudonyms(randomBytes(32))
  }

  /**
   * By the key in this file, which is made at the first start and used for nothing else: names outlive a change of the
   * house's own key.
   * @throws Error naming the file when others can read it, or when it holds something else
   */
  static async open(file: string): Promise<Pseudonyms> {
    const key = await openKey(file)
    const { d = '' } = key.export({ format: 'jwk' })
    return new Pseudonyms(createHash('sha256').update(`pseudonyms ${d}`).digest())
  }

  of(ecosystem: string, person: string): string {
    const key = `${ecosystem} ${person}`
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const digest = createHmac('sha256', this.#secret).update(`pseudonym ${key}`).digest('hex')
    const made = `ps_${digest.slice(0, 32)}`
    if (this.#made.size >= mostKept) this.#made.clear()
    this.#made.set(key, made)
    return made
  }
}

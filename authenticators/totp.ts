import { createHmac } from 'node:crypto'
import type { Clock } from '../clock.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const stepMs = 30_000
const digits = 6
/** Codes of the step before and after count too: clocks differ, and people take their time. */
const tolerance = 1

/** The bytes of base32 (RFC 4648, 6) without padding. */
export function fromBase32(text: string): Buffer {
  let bits = ''
  for (const character of text) bits += alphabet.indexOf(character).toString(2).padStart(5, '0')
  const octets = bits.match(/.{8}/g) ?? []
  return Buffer.from(octets.map((octet) => Number.parseInt(octet, 2)))
}

/** The code of a step (RFC 4226, 5.3, with SHA-1, as all apps have it). */
export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const hash = createHmac('sha1', secret).update(counter).digest()
  const offset = (hash.at(-1) ?? 0) & 0x0f
  const number = (hash.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits
  return String(number).padStart(digits, '0')
}

/** One person's codes that change with time (RFC 6238). */
export class Totp {
  readonly #secret: Buffer
  readonly #clock: Clock
  /** The step of the last code that was taken. */
  #last = -1

  /** `secret`: base32, as apps take it. */
  constructor(secret: string, clock: Clock) {
    this.#secret = fromBase32(secret)
    this.#clock = clock
  }

  /** Whether this is a code of now. Each is taken once (RFC 6238, 5.2), and none that is older than one taken. */
  take(code: string): boolean {
    const now = Math.floor(this.#clock.now() / stepMs)
    let taken = false
    for (let step = now - tolerance; step <= now + tolerance; step++) {
      if (totpCode(this.#secret, step) !== code || step <= this.#last) continue
      taken = true
      this.#last = step
      break
    }
    return taken
  }
}

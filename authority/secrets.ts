import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A secret of 256 random bits, as base64url behind its prefix. */
export function newSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** SHA-256, hex: under which a secret is kept. One with 256 random bits needs nothing slower. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Whether `digest` is that of the secret, in the same time whatever they are. */
export function matches(secret: string, digest: string): boolean {
  const [one, other] = [Buffer.from(digestOf(secret)), Buffer.from(digest)]
  return one.length === other.length && timingSafeEqual(one, other)
}

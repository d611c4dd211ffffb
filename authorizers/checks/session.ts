import type { Check } from '../check.ts'

/** The proof by which the session joined must still hold. */
export const session: Check = {
  name: 'session',
  check({ asked: { principal }, now }) {
    return principal.expiresAt !== undefined && principal.expiresAt <= now ? 'deny' : 'next'
  },
}

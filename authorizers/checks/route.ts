import type { Check } from '../check.ts'

/** The only one that allows: for what is settled by name, and for what a grant reaches. */
export const route: Check = {
  name: 'route',
  check: ({ settled, candidates }) => (settled || candidates.length > 0 ? 'allow' : 'deny'),
}

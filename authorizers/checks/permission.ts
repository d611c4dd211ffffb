import type { Check } from '../check.ts'

/** A session that came by a token for certain things may do these, as far as its person may, and nothing else. */
export const permission: Check = {
  name: 'permission',
  check({ evidence: { permissions }, asked: { uri, action, match } }) {
    if (permissions === undefined) return 'next'
    if (match !== 'exact') return 'deny'
    return permissions.some((each) => each.uri === uri && each.action === action) ? 'next' : 'deny'
  },
}

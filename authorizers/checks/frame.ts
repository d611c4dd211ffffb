import { checkUri } from '../../router/wire/uri.ts'
import type { Check } from '../check.ts'

/** The name must be one: well-formed for its kind of match and within bounds. Only patterns are matched as patterns. */
export const frame: Check = {
  name: 'frame',
  check({ asked: { action, uri, match } }) {
    if (match !== 'exact' && action !== 'subscribe' && action !== 'register') return 'deny'
    return checkUri(uri, { match }) === undefined ? 'next' : 'deny'
  },
}

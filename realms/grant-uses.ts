import type { Effects } from '../authorizers/ecosystem.ts'
import { DomainError } from '../ecosystems/errors.ts'
import type { Uses } from '../ecosystems/uses.ts'
import { WampError } from '../router/wire/errors.ts'

/**
 * Counts the uses of grants that are good for so many. Whoever comes when the last one is taken is denied as anybody
 * without a right is; where a use cannot be stored, the decision has failed.
 */
export function countedUses(uses: Pick<Uses, 'take'>): Required<Pick<Effects, 'count'>> {
  return {
    async count({ holding }, uri) {
      try {
        await uses.take(holding.grant, uri)
      } catch (error) {
        if (error instanceof DomainError && error.code !== 'unavailable')
          throw new WampError('wamp.error.not_authorized', 'the grant is used up', { cause: error })
        throw error
      }
    },
  }
}

import type { Effects } from '../authorizers/ecosystem.ts'
import type { Approvals } from '../ecosystems/approvals.ts'
import { DomainError, RateLimited } from '../ecosystems/errors.ts'
import { WampError } from '../router/wire/errors.ts'
import { errorUris } from './uris.ts'

/**
 * Asks owners, where a capability waits for their word. Who has asked learns his ticket, and when to come again; who
 * was told no is told so again.
 */
export function askedOwners(approvals: Pick<Approvals, 'request'>): Required<Pick<Effects, 'ask'>> {
  return {
    async ask({ subject, owner, asked, use }, { ecosystem }) {
      if (subject === undefined || owner === undefined || use === undefined)
        throw new WampError('wamp.error.not_authorized', 'there is nobody to be asked')
      try {
        const { ticket, intervalMs, state, row } = await approvals.request({
          realm: asked.realm,
          requesterKind: subject.kind,
          requester: subject.id,
          ecosystem,
          device: owner.id,
          uri: asked.uri,
          action: use,
        })
        if (state === 'denied')
          return { error: 'request_denied', ticket, expires_at: row.expiresAt }
        return { ticket, interval: Math.ceil(intervalMs / 1_000), expires_at: row.expiresAt }
      } catch (error) {
        if (error instanceof RateLimited)
          throw new WampError(errorUris.rateLimited, error.message, {
            kwargs: { retry_after_ms: error.retryAfterMs },
            cause: error,
          })
        if (error instanceof DomainError && error.code !== 'unavailable')
          throw new WampError('wamp.error.not_authorized', error.message, { cause: error })
        throw error
      }
    },
  }
}

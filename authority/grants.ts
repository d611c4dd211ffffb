import { WampError } from '../router/wire/errors.ts'
import type { Clock } from '../clock.ts'
import type { DeviceFlow } from './device-flow.ts'
import type { AuthorityDomain } from './domain.ts'
import { grantTypes, protectionScope } from './grant-types.ts'
import { HttpProblem, invalidRequest, unavailable } from './http-problem.ts'
import type { AuthorityLimits } from './limits.ts'
import { partyOf } from './party.ts'
import type { GrantCall, GrantHandler } from './provider.ts'
import { rptFacts, rptPrefix } from './rpts.ts'
import { newSecret } from './secrets.ts'
import type { UmaExchange } from './uma-exchange.ts'

/** Protection API tokens begin so. */
export const patPrefix = 'pat_'

/** What the device's token response calls what it hands out: nothing that a bearer could show anywhere but at a join. */
export const provisioningTokenType = 'provisioning_code'

/** A person's ID token for a protection API token (RFC 7523 §2.1): whoever signs in to his own provider has signed in. */
export function protectionGrant(parts: {
  readonly domain: AuthorityDomain
  readonly clock: Clock
  readonly limits: Pick<AuthorityLimits, 'patMs'>
}): GrantHandler {
  const { domain, clock, limits } = parts
  return {
    grantType: grantTypes.jwtBearer,
    parameters: ['assertion', 'scope'],
    async handle(call) {
      if (call.parameters.get('scope') !== protectionScope)
        throw new HttpProblem(400, 'invalid_scope', `scope: allowed is ${protectionScope}`)
      const person = await personOf(domain, required(call, 'assertion'))
      const leftMs = (person.expiresAt ?? Infinity) - clock.now()
      const { value, expiresInSeconds } = await call.issue({
        value: newSecret(patPrefix),
        person: person.authid,
        scope: protectionScope,
        ttlMs: Math.min(limits.patMs, leftMs),
        extra: { party: partyOf(person) },
      })
      return { body: bearer(value, expiresInSeconds, { scope: protectionScope }) }
    },
  }
}

/** A permission ticket for a requesting party token (UMA 2.0 Grant §3.3.1). */
export function ticketGrant(parts: {
  readonly exchange: UmaExchange
  readonly clock: Clock
  readonly limits: Pick<AuthorityLimits, 'rptMs'>
  /** Ends a token that another takes the place of. */
  readonly end: (rpt: string) => Promise<void>
}): GrantHandler {
  const { exchange, clock, limits, end } = parts
  return {
    grantType: grantTypes.umaTicket,
    parameters: ['ticket', 'claim_token', 'claim_token_format', 'pct', 'rpt', 'scope'],
    async handle(call) {
      const { parameters } = call
      const claimToken = parameters.get('claim_token')
      const claimTokenFormat = parameters.get('claim_token_format')
      if ((claimToken === undefined) !== (claimTokenFormat === undefined))
        throw invalidRequest('claim_token and claim_token_format come together')
      const outcome = await exchange.exchange({
        client: call.client,
        ticket: required(call, 'ticket'),
        claimToken,
        claimTokenFormat,
        rpt: parameters.get('rpt'),
        scope: parameters.get('scope'),
      })
      if (outcome.kind === 'refused') return { status: 403, body: outcome.body }
      const { party, permissions, upgraded } = outcome
      const leftMs = (party.expiresAt ?? Infinity) - clock.now()
      const { value, expiresInSeconds } = await call.issue({
        value: newSecret(rptPrefix),
        person: party.authid,
        ttlMs: Math.min(limits.rptMs, leftMs),
        extra: { ...rptFacts(permissions, party) },
      })
      if (upgraded !== undefined) await end(upgraded.value)
      return {
        body: bearer(value, expiresInSeconds, upgraded === undefined ? {} : { upgraded: true }),
      }
    },
  }
}

/** A device's poll (RFC 8628 §3.4), with `slow_down` for whoever comes too early. */
export function deviceGrant(flow: DeviceFlow): GrantHandler {
  return {
    grantType: grantTypes.deviceCode,
    parameters: ['device_code'],
    handle(call) {
      const poll = flow.poll(required(call, 'device_code'), call.client)
      if (poll.kind !== 'claimed')
        return Promise.reject(new HttpProblem(400, poll.kind, pollWords[poll.kind]))
      const { code, realm } = poll.result
      return Promise.resolve({
        body: {
          access_token: code,
          token_type: provisioningTokenType,
          ...(realm !== undefined && { realm }),
        },
      })
    },
  }
}

const pollWords = {
  authorization_pending: 'nobody has claimed the device yet',
  slow_down: 'that was too early; wait five seconds more each time from now on',
  access_denied: 'the owner said no',
  expired_token: 'nobody has claimed the device in time',
  invalid_grant: 'the device code is unknown, or was used',
} as const

async function personOf(
  domain: AuthorityDomain,
  idToken: string,
): ReturnType<AuthorityDomain['personOf']> {
  try {
    return await domain.personOf(idToken)
  } catch (error) {
    if (error instanceof WampError && error.uri === 'wamp.error.authentication_denied')
      throw new HttpProblem(400, 'invalid_grant', 'the assertion proves nothing')
    throw unavailable(error)
  }
}

function required({ parameters }: GrantCall, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) throw invalidRequest(`${name} is missing`)
  return value
}

function bearer(
  value: string,
  expiresInSeconds: number,
  more: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return { access_token: value, token_type: 'Bearer', expires_in: expiresInSeconds, ...more }
}

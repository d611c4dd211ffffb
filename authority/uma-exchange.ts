import { WampError } from '../router/wire/errors.ts'
import type { Principal } from '../router/access.ts'
import type { AuthorityDomain, Standing, Use } from './domain.ts'
import { HttpProblem, unavailable } from './http-problem.ts'
import type { Resources } from './resources.ts'
import { permissionsOf, type FoundRpt, type Permission, type Rpts } from './rpts.ts'
import type { Ticket, Tickets } from './tickets.ts'

/** The only format of claim tokens (UMA 2.0 Grant §3.3.1): an ID token of a provider that the house trusts. */
export const idTokenFormat = 'http://openid.net/specs/openid-connect-core-1_0.html#IDToken'

/** A request for a requesting party token (UMA 2.0 Grant §3.3.1). */
export interface UmaRequest {
  readonly client: string
  readonly ticket: string
  readonly claimToken?: string | undefined
  readonly claimTokenFormat?: string | undefined
  /** A token that is to be upgraded. */
  readonly rpt?: string | undefined
  readonly scope?: string | undefined
}

/** What comes of it. */
export type UmaOutcome =
  | {
      readonly kind: 'granted'
      readonly party: Principal
      readonly permissions: readonly Permission[]
      /** The token that it takes the place of. */
      readonly upgraded?: FoundRpt
    }
  /** The body of an answer with 403 (UMA 2.0 Grant §3.3.6). */
  | { readonly kind: 'refused'; readonly body: Readonly<Record<string, unknown>> }

/** One thing that is wanted, and what the house says of it. */
interface Wish {
  readonly resource: string
  readonly scope: string
  readonly use: Use
  readonly standing: Standing
}

/** Turns a permission ticket into permissions, or into what is missing for them. */
export class UmaExchange {
  readonly #domain: AuthorityDomain
  readonly #tickets: Tickets
  readonly #resources: Resources
  readonly #rpts: Rpts
  readonly #findRpt: (value: string, client: string) => Promise<FoundRpt | undefined>

  constructor(parts: {
    readonly domain: AuthorityDomain
    readonly tickets: Tickets
    readonly resources: Resources
    readonly rpts: Rpts
    readonly findRpt: (value: string, client: string) => Promise<FoundRpt | undefined>
  }) {
    this.#domain = parts.domain
    this.#tickets = parts.tickets
    this.#resources = parts.resources
    this.#rpts = parts.rpts
    this.#findRpt = parts.findRpt
  }

  /** @throws HttpProblem invalid_grant, invalid_scope, temporarily_unavailable */
  async exchange(request: UmaRequest): Promise<UmaOutcome> {
    const taken = await this.#tickets.take(request.ticket, request.client)
    if (taken === undefined)
      throw new HttpProblem(400, 'invalid_grant', 'the ticket is not good, or no longer')
    const ticket: Ticket = { ...taken, client: request.client }
    checkScope(request.scope, ticket)
    const party = await this.#partyOf(request)
    if (party === undefined) return this.#needInfo(ticket, [])
    const wishes = await this.#wishes(ticket, party)
    const allowed = wishes.filter(({ standing }) => standing.kind === 'allow')
    // Who can have something now has it now; what the owner must be asked for is asked for by itself.
    if (allowed.length > 0) return this.#grant(request, party, allowed)
    const asking = wishes.filter(({ standing }) => standing.kind === 'approval')
    if (asking.length > 0) return this.#ask(ticket, party, asking)
    const steps = wishes.flatMap(({ standing }) => (standing.kind === 'step_up' ? [standing] : []))
    if (steps.length > 0) return this.#needInfo(ticket, steps)
    return denied
  }

  async #partyOf(request: UmaRequest): Promise<Principal | undefined> {
    const { claimToken, claimTokenFormat } = request
    if (claimToken === undefined || claimTokenFormat !== idTokenFormat) return undefined
    try {
      return await this.#domain.personOf(claimToken)
    } catch (error) {
      // A token that proves nothing is as good as none: another one may be brought.
      if (error instanceof WampError && error.uri === 'wamp.error.authentication_denied')
        return undefined
      throw unavailable(error)
    }
  }

  async #wishes(ticket: Ticket, party: Principal): Promise<Wish[]> {
    const wishes: Wish[] = []
    for (const { resource: id, scopes } of ticket.wanted) {
      const resource = await this.#resources.find(id)
      if (resource === undefined) continue
      for (const scope of scopes) {
        const use = this.#resources.useOf(resource, scope)
        if (use === undefined) continue
        const standing = await this.#domain.mayUse(party, use)
        wishes.push({ resource: id, scope, use, standing })
      }
    }
    return wishes
  }

  async #grant(
    request: UmaRequest,
    party: Principal,
    allowed: readonly Wish[],
  ): Promise<UmaOutcome> {
    const before =
      request.rpt === undefined ? undefined : await this.#findRpt(request.rpt, request.client)
    // Another party's token is not upgraded by this one's claims.
    if (before === undefined || before.facts.party.person !== party.authid)
      return { kind: 'granted', party, permissions: permissionsOf(allowed) }
    const kept = await this.#rpts.live(before.facts)
    return {
      kind: 'granted',
      party,
      permissions: permissionsOf([...kept, ...allowed]),
      upgraded: before,
    }
  }

  async #ask(ticket: Ticket, party: Principal, wishes: readonly Wish[]): Promise<UmaOutcome> {
    const approvals: Record<string, string> = { ...ticket.approvals }
    let intervalMs = 0
    for (const { use } of wishes) {
      const name = `${party.authid} ${use.realm} ${use.action} ${use.uri}`
      const asked = approvals[name]
      if (asked !== undefined) {
        const state = this.#domain.approvalState(asked)
        if (state === 'denied' || state === 'unknown') return denied
        if (state === 'pending') continue
      }
      const { approval, intervalMs: wait } = await this.#domain.ask(party, use)
      approvals[name] = approval
      intervalMs = Math.max(intervalMs, wait)
    }
    const next = await this.#tickets.next({ ...ticket, approvals })
    return {
      kind: 'refused',
      body: {
        error: 'request_submitted',
        error_description: 'the owner was asked; come again with this ticket',
        ticket: next,
        interval: Math.max(5, Math.ceil(intervalMs / 1000)),
      },
    }
  }

  async #needInfo(
    ticket: Ticket,
    steps: readonly (Standing & { readonly kind: 'step_up' })[],
  ): Promise<UmaOutcome> {
    const [step] = steps
    return {
      kind: 'refused',
      body: {
        error: 'need_info',
        error_description:
          step === undefined
            ? 'an ID token of the requesting party is needed'
            : 'a newer or stronger sign-in of the requesting party is needed',
        ticket: await this.#tickets.next(ticket),
        required_claims: [
          {
            claim_token_format: [idTokenFormat],
            issuer: this.#domain.issuers(),
            ...(step !== undefined && {
              name: 'acr',
              acr_values: step.acr,
              ...(step.maxAgeMs !== undefined && { max_age: Math.floor(step.maxAgeMs / 1000) }),
            }),
          },
        ],
      },
    }
  }
}

/** Without a ticket: it is over. */
const denied: UmaOutcome = {
  kind: 'refused',
  body: { error: 'request_denied', error_description: 'the party may not do that' },
}

/** No client has scopes of its own here, so it can ask for none but the ticket's (UMA 2.0 Grant §3.3.1). */
function checkScope(scope: string | undefined, { wanted }: Ticket): void {
  const known = new Set(wanted.flatMap(({ scopes }) => scopes))
  const strange = scope?.split(' ').find((each) => each !== '' && !known.has(each))
  if (strange !== undefined)
    throw new HttpProblem(400, 'invalid_scope', 'a scope is none of the ticket’s')
}

import type { Gift } from '../../../ecosystems/gift.ts'
import type { CapabilityAction, GrantTerms } from '../../../ecosystems/store/store.ts'
import type { ProcedureContext } from '../../procedure.ts'
import { durationMs, momentAt } from '../inputs.ts'

/** What an invite gives, as an input that was found valid. */
export interface TermInput {
  readonly level: number
  readonly device?: string | undefined
  readonly uri?: string | undefined
  readonly actions?: CapabilityAction | readonly CapabilityAction[] | undefined
  readonly ttl?: string | undefined
  readonly not_before?: string | undefined
  readonly until?: string | undefined
  readonly schedule?: string | undefined
  readonly calls?: Readonly<Record<string, number>> | undefined
  readonly delegable: number
  readonly purpose?: string | undefined
}

/** The terms of a grant, as of now. */
export function termsOf(input: TermInput, now: number): GrantTerms {
  const at = (value: string | undefined): number | null =>
    value === undefined ? null : momentAt(value, now)
  return {
    level: input.level,
    device: input.device ?? null,
    uri: input.uri ?? null,
    match: input.uri?.endsWith('.') === true ? 'prefix' : 'exact',
    actions: input.actions === undefined ? null : [input.actions].flat(),
    schedule: input.schedule ?? null,
    uses: input.calls ?? null,
    delegable: input.delegable,
    purpose: input.purpose ?? null,
    ttlMs: input.ttl === undefined ? null : durationMs(input.ttl),
    notBefore: at(input.not_before),
    expiresAt: at(input.until),
  }
}

/** The most that can come of an invite, whenever it is redeemed. */
export function giftOf(
  input: TermInput & { readonly ecosystem: string; readonly expires: string },
  { clock }: ProcedureContext,
): Gift {
  const now = clock.now()
  const { ttlMs, notBefore, expiresAt, ...terms } = termsOf(input, now)
  const latest =
    ttlMs === null ? Infinity : Math.max(momentAt(input.expires, now), notBefore ?? 0) + ttlMs
  const ends = Math.min(expiresAt ?? Infinity, latest)
  return {
    ...terms,
    ecosystem: input.ecosystem,
    effect: 'level',
    expiresAt: Number.isFinite(ends) ? ends : null,
  }
}

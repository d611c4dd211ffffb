import type { IdleReason } from '../ecosystems/holdings.ts'
import type { Question } from './question.ts'

/** Why it was decided so: for the owner, never for who asked. */
export interface Findings {
  readonly match?: string
  /** Device under whose prefix the URI lies. */
  readonly device?: string
  /** Where the grant counts that allows it; in a denial the ecosystem that asks least. */
  readonly ecosystem?: string
  /** The level required there. */
  readonly required?: number
  /** The level that the party has there, after all caps. */
  readonly level?: number
  readonly grant?: string
  /** What the grant itself gives, where the party's proof, or its kind, is good for less. */
  readonly given?: number
  /** Who proved the party, where that limits the level; `level` is absent where it counts for nothing. */
  readonly issuer?: string
  /** What says no whatever the level is: the id of a grant, or `policy`. */
  readonly forbidden?: string
  /** Grants that would be of use at another time, or to somebody else, and why not now. */
  readonly idle?: readonly { readonly grant: string; readonly reason: IdleReason }[]
  /** What would make a yes of it. */
  readonly cure?: string
  /** The proof that is asked for, and how old it may be, in seconds. */
  readonly acr?: string
  readonly max_age?: number
  /** What broke, when the decision failed. */
  readonly error?: string
}

const mostIdle = 8

/** What the checks have found out on the way to their answer. */
export function findingsOf(question: Question): Findings {
  const { asked, settled, cure } = question
  const match = asked.match === 'exact' ? {} : { match: asked.match }
  const device = question.knownOwner?.id
  if (settled && question.rules.length === 0) return match
  const found = nearest(question)
  const idle = [...question.held.values()]
    .flatMap((held) => held.idle)
    .slice(0, mostIdle)
    .map((each) => ({ grant: each.grant.id, reason: each.reason }))
  return {
    ...match,
    ...(device !== undefined && { device }),
    ...found,
    ...(question.forbidden !== undefined && { forbidden: question.forbidden }),
    ...(idle.length > 0 && { idle }),
    ...(cure !== undefined && { cure: cure.error }),
    ...(cure?.error === 'insufficient_user_authentication' && {
      acr: cure.acr,
      ...(cure.maxAgeMs !== undefined && { max_age: Math.floor(cure.maxAgeMs / 1_000) }),
    }),
  }
}

/** The candidate that it is allowed by; in a denial the requirement that asks least, and what the party has there. */
function nearest(
  question: Question,
): Pick<Findings, 'ecosystem' | 'required' | 'level' | 'grant' | 'given' | 'issuer'> {
  const { chosen, requirements, held, caps } = question
  if (chosen !== undefined) {
    const { requirement, holding, level } = chosen
    const { ecosystem } = requirement
    if (holding.grant.ecosystem === null) return { level, grant: holding.grant.id }
    const given = limits(question, holding.level, level)
    return { ecosystem, required: requirement.level, level, grant: holding.grant.id, ...given }
  }
  const least = requirements.toSorted((a, b) => b.level - a.level)[0]
  if (least === undefined) return {}
  const best = held.get(least.ecosystem)?.active.toSorted((a, b) => a.level - b.level)[0]
  const { ecosystem, level: required } = least
  if (best === undefined) return { ecosystem, required }
  const level = Math.max(best.level, caps.get(ecosystem) ?? 1)
  return {
    ecosystem,
    required,
    ...(Number.isFinite(level) && { level }),
    grant: best.grant.id,
    ...limits(question, best.level, level),
  }
}

/** What is to be told where more was given than counts. */
function limits(
  { evidence }: Question,
  given: number,
  level: number,
): Pick<Findings, 'given' | 'issuer'> {
  if (given === level) return {}
  const issuer = evidence.identity?.issuer
  return { given, ...(issuer !== undefined && { issuer }) }
}

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
  /** Grants that would be of use at another time, or to somebody else, and why not now. */
  readonly idle?: readonly { readonly grant: string; readonly reason: IdleReason }[]
  /** What would make a yes of it. */
  readonly cure?: string
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
  const { ecosystem, required, level, grant } = nearest(question)
  const idle = [...question.held.values()]
    .flatMap((held) => held.idle)
    .slice(0, mostIdle)
    .map((each) => ({ grant: each.grant.id, reason: each.reason }))
  return {
    ...match,
    ...(device !== undefined && { device }),
    ...(ecosystem !== undefined && { ecosystem }),
    ...(required !== undefined && { required }),
    ...(level !== undefined && { level }),
    ...(grant !== undefined && { grant }),
    ...(idle.length > 0 && { idle }),
    ...(cure !== undefined && { cure: cure.error }),
  }
}

/** The candidate that it is allowed by; in a denial the requirement that asks least, and what the party has there. */
function nearest(question: Question): Pick<Findings, 'ecosystem' | 'required' | 'level' | 'grant'> {
  const { chosen, requirements, held } = question
  if (chosen !== undefined) {
    const { requirement, holding, level } = chosen
    const { ecosystem } = requirement
    if (holding.grant.ecosystem === null) return { level, grant: holding.grant.id }
    return { ecosystem, required: requirement.level, level, grant: holding.grant.id }
  }
  const least = requirements.toSorted((a, b) => b.level - a.level)[0]
  if (least === undefined) return {}
  const best = held.get(least.ecosystem)?.active.toSorted((a, b) => a.level - b.level)[0]
  return {
    ecosystem: least.ecosystem,
    required: least.level,
    ...(best !== undefined && { level: best.level, grant: best.grant.id }),
  }
}

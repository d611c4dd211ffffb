import type { Clock } from '../clock.ts'
import type { Bounds } from './bounds.ts'
import { DomainError, invalid } from './errors.ts'
import type { Gift, Giver, Permit } from './gift.ts'
import { isForAll } from './grant-terms.ts'
import type { Holding, Holdings } from './holdings.ts'
import { covers, meets, type Pattern } from './pattern.ts'
import type { GrantRow } from './store/store.ts'
import type { Windows } from './windows.ts'

/**
 * Nobody gives more than he has: no better level, not of more, not for longer, not more often, and not to give on
 * unless he holds level 1 or was trusted with it.
 */
export class Giving {
  readonly #holdings: Holdings
  readonly #windows: Windows
  readonly #bounds: Bounds
  readonly #clock: Clock

  constructor(parts: {
    readonly holdings: Holdings
    readonly windows: Windows
    readonly bounds: Bounds
    readonly clock: Clock
  }) {
    this.#holdings = parts.holdings
    this.#windows = parts.windows
    this.#bounds = parts.bounds
    this.#clock = parts.clock
  }

  mayGive({ subject, cap }: Giver, gift: Gift): Permit {
    const held = this.#holdings.inForce(subject, gift.ecosystem, this.#clock.now())
    const rights = held
      .filter((holding) => holding.grant.effect !== 'deny' && isEnough(holding, gift, cap))
      .toSorted((a, b) => a.level - b.level)
    // What he is kept from himself, he lets nobody else do.
    const keeping = held.flatMap(({ grant }) =>
      grant.effect === 'deny' && touches(grant, gift) ? [grant] : [],
    )
    if (keeping.some(isAboutAll)) return undefined
    let refusal: DomainError | undefined
    for (const holding of rights) {
      const isOwner = owns(holding, cap)
      // Whoever holds level 1 for everything could have that ended.
      if (keeping.length > 0 && !(isOwner && isForAll(holding.grant))) continue
      const excess = this.#excess(holding, gift, isOwner)
      if (excess === undefined) return { parent: holding.grant }
      refusal ??= excess
    }
    return refusal === undefined ? undefined : { refusal }
  }

  /** What of it goes beyond the grant that it would be given by. */
  #excess({ grant }: Holding, gift: Gift, isOwner: boolean): DomainError | undefined {
    const { delegable = 0, expiresAt = null, schedule = null, uses = null } = gift
    const depth = this.#holdings.chainOf(grant).length
    const hands = Math.min(
      isOwner ? this.#bounds.chainDepth - 1 : grant.delegable - 1,
      this.#bounds.chainDepth - 1 - depth,
    )
    if (hands < 0)
      return new DomainError(
        'invalid_state',
        `parent: it went through ${depth} hands already, which is the bound (chainDepth)`,
      )
    if (delegable > hands) return invalid('delegable', delegable, `0 to ${hands}`)
    if (grant.expiresAt !== null && (expiresAt ?? Infinity) > grant.expiresAt)
      return invalid('expires', expiresAt, `until ${new Date(grant.expiresAt).toISOString()}`)
    if (grant.schedule !== null && !this.#isWithin(schedule, grant.schedule))
      return invalid('schedule', schedule, `hours within those of ${grant.schedule}`)
    for (const [uri, most] of Object.entries(grant.uses ?? {}))
      if (!((uses?.[uri] ?? Infinity) <= most))
        return invalid(`uses.${uri}`, uses?.[uri] ?? null, `1 to ${most}`)
    return undefined
  }

  #isWithin(schedule: string | null, outer: string): boolean {
    if (schedule === null) return false
    try {
      return this.#windows.scheduleOf(schedule).isWithin(this.#windows.scheduleOf(outer))
    } catch {
      // What cannot be read is within nothing.
      return false
    }
  }
}

/** Level 1 of what the grant is for. */
function owns({ grant, level }: Holding, cap: number): boolean {
  return grant.effect === 'level' && Math.max(level, cap) <= 1
}

/** Whether he has that much of it, and may give it on at all. */
function isEnough(holding: Holding, gift: Gift, cap: number): boolean {
  const { grant, level } = holding
  if (!contains(grant, gift)) return false
  const { effect = 'level' } = gift
  // To forbid is for those who can do everything: nobody else could shut an owner out of his own.
  if (effect === 'deny') return owns(holding, cap) && isForAll(grant)
  if (owns(holding, cap)) return true
  // What is allowed whatever the level is given on as such.
  if (grant.delegable < 1 || effect !== grant.effect) return false
  // Its level is told to the device, and spares its holder the owner's word.
  if (effect === 'allow' && cap > 1) return false
  return Math.max(level, cap) <= gift.level
}

function contains(grant: GrantRow, gift: Gift): boolean {
  const { device = null, actions = null } = gift
  if (grant.device !== null && grant.device !== device) return false
  if (grant.actions !== null && !(actions ?? []).every((each) => grant.actions?.includes(each)))
    return false
  if (grant.actions !== null && actions === null) return false
  const wanted = patternOf(gift)
  const own = patternOf(grant)
  return own === undefined || (wanted !== undefined && covers(own, wanted))
}

/** As `isForAll`, of what forbids. */
function isAboutAll({ device, uri, actions }: GrantRow): boolean {
  return device === null && uri === null && actions === null
}

function touches(grant: GrantRow, gift: Gift): boolean {
  const { device = null } = gift
  if (grant.device !== null && device !== null && grant.device !== device) return false
  const [own, wanted] = [patternOf(grant), patternOf(gift)]
  return own === undefined || wanted === undefined || meets(own, wanted)
}

function patternOf({
  uri = null,
  match = 'exact',
}: Partial<Pick<GrantRow, 'uri' | 'match'>>): Pattern | undefined {
  return uri === null ? undefined : { uri, match }
}

import type { Bounds } from './bounds.ts'
import { invalid } from './errors.ts'
import { checkId, checkLevel, checkPolicyUri, checkText, checkUriUnder } from './names.ts'
import type { CapabilityAction, GranteeKind, GrantRow, SubjectKind } from './store/store.ts'
import { anyUri } from './uses.ts'
import type { Windows } from './windows.ts'

/** Who can hold something. */
export interface Subject {
  readonly kind: SubjectKind
  readonly id: string
}

/** To whom something is granted. The id of an `identity` is its `identityKey`. */
export interface Grantee {
  readonly kind: GranteeKind
  readonly id: string
}

/** A grant as somebody gives it. What is not said is as where nothing is said. */
export type NewGrant = Pick<GrantRow, 'ecosystem' | 'level'> &
  Partial<
    Pick<
      GrantRow,
      | 'device'
      | 'uri'
      | 'match'
      | 'actions'
      | 'effect'
      | 'notBefore'
      | 'expiresAt'
      | 'schedule'
      | 'uses'
      | 'delegable'
      | 'parent'
      | 'purpose'
      | 'source'
      | 'sourceId'
    >
  > & {
    readonly subject: Grantee
    /** Who gives it, as `kind:id`. */
    readonly by: string
  }

const kinds: readonly string[] = ['person', 'device', 'group', 'identity'] satisfies GranteeKind[]
const allActions: readonly CapabilityAction[] = ['call', 'subscribe', 'publish']
const mostUses = 1_000_000

/** The row that the words come to, but for its id. @throws DomainError invalid_argument, naming the key */
export function termsOf(
  grant: NewGrant,
  context: { readonly now: number; readonly bounds: Bounds; readonly windows: Windows },
): Omit<GrantRow, 'id'> {
  const { subject, ecosystem, effect = 'level', device = null, parent = null } = grant
  const { now, bounds, windows } = context
  if (!kinds.includes(subject.kind)) throw invalid('subject.kind', subject.kind, kinds.join(', '))
  if (effect !== 'level' && effect !== 'allow' && effect !== 'deny')
    throw invalid('effect', effect, 'level, allow, deny')
  const { uri, match } = placeOf(grant)
  if (effect === 'allow' && uri === null && device === null)
    throw invalid('uri', null, 'a URI, or a device, of what is allowed whatever the level')
  const { notBefore, expiresAt } = windowOf(grant, now)
  const { schedule = null, purpose = null } = grant
  return {
    subjectKind: subject.kind,
    subject: subject.id,
    ecosystem,
    device: device === null ? null : checkId('device', device),
    uri,
    match,
    actions: actionsOf(grant.actions ?? null),
    effect,
    level: checkLevel('level', grant.level),
    notBefore,
    expiresAt,
    schedule: schedule === null ? null : windows.scheduleOf(schedule).text,
    uses: usesOf(grant.uses ?? null, bounds.usesPerGrant),
    delegable: depthOf(grant, bounds.chainDepth),
    parent,
    purpose: purpose === null ? null : checkText('purpose', purpose),
    source: grant.source ?? 'grant',
    sourceId: grant.sourceId ?? null,
    createdBy: checkText('by', grant.by),
    createdAt: now,
    revokedAt: null,
    suspendedAt: null,
  }
}

/** Whether it is a level for everything in its ecosystem. */
export function isForAll(row: GrantRow): boolean {
  return (
    row.effect === 'level' &&
    row.device === null &&
    row.uri === null &&
    row.actions === null &&
    row.uses === null
  )
}

/** In an ecosystem any names but reserved ones; elsewhere the names of a person. */
function placeOf({ ecosystem, uri = null, match, device = null }: NewGrant): {
  readonly uri: string | null
  readonly match: 'exact' | 'prefix'
} {
  if (uri === null) {
    if (ecosystem === null) throw invalid('uri', uri, "a person's names, as in user.<id>.prefs.")
    return { uri, match: 'exact' }
  }
  const kind = match ?? (uri.endsWith('.') ? 'prefix' : 'exact')
  checkPolicyUri('uri', uri, kind)
  const [first, id = ''] = uri.split('.')
  if (ecosystem !== null) {
    if (first === 'user' || first === 'wamp' || first === 'latchkey')
      throw invalid('uri', uri, 'a name of a device in the ecosystem; names of people are in none')
    return { uri, match: kind }
  }
  if (device !== null) throw invalid('device', device, "none, with a person's names")
  if (kind === 'exact') checkUriUnder(`user.${checkId('uri', id)}`, 'uri', uri)
  else if (first !== 'user' || id === '')
    throw invalid('uri', uri, "a person's names, as in user.<id>.prefs.")
  return { uri, match: kind }
}

function windowOf(
  { notBefore = null, expiresAt = null }: NewGrant,
  now: number,
): Pick<GrantRow, 'notBefore' | 'expiresAt'> {
  for (const [key, at] of Object.entries({ notBefore, expiresAt }))
    if (at !== null && !(Number.isSafeInteger(at) && at > 0))
      throw invalid(key, at, 'a time in milliseconds since the epoch')
  if (expiresAt !== null && expiresAt <= Math.max(now, notBefore ?? 0))
    throw invalid('expires', expiresAt, 'a time to come, after not_before')
  return { notBefore, expiresAt }
}

function actionsOf(actions: readonly CapabilityAction[] | null): GrantRow['actions'] {
  if (actions === null) return null
  const known = allActions.filter((each) => actions.includes(each))
  if (known.length === 0 || actions.some((each) => !allActions.includes(each)))
    throw invalid('actions', actions, allActions.join(', '))
  return known
}

function usesOf(uses: GrantRow['uses'], max: number): GrantRow['uses'] {
  if (uses === null) return null
  const entries = Object.entries(uses)
  if (entries.length === 0 || entries.length > max)
    throw invalid('uses', uses, `1 to ${max} URIs (usesPerGrant) with a number each`)
  for (const [uri, most] of entries) {
    if (uri !== anyUri) checkPolicyUri('uses', uri, 'exact')
    if (!Number.isInteger(most) || most < 1 || most > mostUses)
      throw invalid(`uses.${uri}`, most, `a whole number from 1 to ${mostUses}`)
  }
  return Object.fromEntries(entries)
}

function depthOf({ delegable = 0, effect }: NewGrant, max: number): number {
  if (!Number.isInteger(delegable) || delegable < 0 || delegable >= max)
    throw invalid('delegable', delegable, `a whole number from 0 to ${max - 1} (below chainDepth)`)
  if (effect === 'deny' && delegable > 0)
    throw invalid('delegable', delegable, '0: what is forbidden is not given on')
  return delegable
}

import type { Findings } from '../authorizers/findings.ts'
import type { AuditRow, GrantRow } from '../ecosystems/store/store.ts'
import { reasonOf } from './decision-words.ts'

/** A decision that was recorded, and what may be told of it. */
export interface Recorded {
  readonly row: Pick<AuditRow, 'actor' | 'action' | 'target' | 'outcome' | 'reason'>
  readonly findings: Findings
  /** A grant that it rests on, as it is now, and in one sentence. `undefined`: it may not be told, or is not there. */
  readonly grant: (id: string) => { readonly row: GrantRow; readonly words: string } | undefined
}

/** Why a decision came out as it did, and what would have to be otherwise for another one. */
export interface Words {
  readonly words: string
  /** Absent where it was allowed, or nothing that anybody could do would change it. */
  readonly remedy?: string
}

const idleWords: Readonly<Record<string, string>> = {
  suspended: 'is put aside',
  not_yet: 'has not begun',
  over: 'is over',
  outside_hours: 'is outside its hours',
  used_up: 'is used up',
  dead_link: 'fell with the one that it was given by',
}

/** In one or two sentences for the owner, who was told nothing when it was decided. */
export function explainRecorded(recorded: Recorded): Words {
  const { row } = recorded
  const asked = `${row.actor} asked to ${row.action} ${row.target}`
  if (row.outcome === 'allow') return { words: `${asked}, and may: ${allowedBy(recorded)}.` }
  const failed = row.outcome === 'failure' ? 'it could not be decided, which is a no' : 'may not'
  const remedy = remedyOf(recorded)
  return {
    words: `${asked}, and ${failed}: ${deniedBy(recorded)}.`,
    ...(remedy !== undefined && { remedy }),
  }
}

function allowedBy(recorded: Recorded): string {
  const { ecosystem, level, required, grant } = recorded.findings
  if (level === undefined || grant === undefined)
    return 'the name itself, or the operator, settles it'
  if (ecosystem === undefined) return `grant ${grant}${inWords(recorded, grant)} gives it`
  return `grant ${grant}${inWords(recorded, grant)} gives level ${level} in ${ecosystem}${limitOf(recorded.findings)}, where ${required} is required`
}

function deniedBy(recorded: Recorded): string {
  const { row, findings } = recorded
  const { ecosystem, level, required, grant, forbidden, acr, max_age: maxAge } = findings
  switch (row.reason) {
    case 'grant':
      return `${ecosystem === undefined ? 'no grant' : `in ${ecosystem} no grant`} is in force that is about it${idleOf(recorded)}`
    case 'level':
      if (forbidden === 'policy') return `a policy of ${ecosystem} forbids it to this level`
      if (forbidden !== undefined)
        return `grant ${forbidden}${inWords(recorded, forbidden)} forbids it, whatever else was given`
      if (grant === undefined) return reasonOf(row.reason, findings)
      return level === undefined
        ? `grant ${grant}${inWords(recorded, grant)} counts for nothing in ${ecosystem}${limitOf(findings)}`
        : `grant ${grant}${inWords(recorded, grant)} gives level ${level} in ${ecosystem}${limitOf(findings)}, where ${required} is required`
    case 'assurance':
      return `it asks for a proof of ${acr}${maxAge === undefined ? '' : `, not older than ${maxAge} s`}, and the session's is weaker, older or not known`
    case 'static':
      return 'the rules of the configuration do not allow it'
    case 'dynamic':
      return 'the authorizer of the configuration says no'
    case 'accounting':
      return 'nobody has allowed it'
    default:
      return ruleOf(recorded) ?? reasonOf(row.reason, findings)
  }
}

/** Of a denial by an integrator's component: what the house itself found is told, too. */
function ruleOf({ row, findings }: Recorded): string | undefined {
  const [kind, procedure] = row.reason.split(':')
  if (kind !== 'authorizer' || procedure === undefined) return undefined
  if (findings.error !== undefined) return `${procedure} did not say yes or no (${findings.error})`
  const house = findings.level === undefined ? '' : `, though the house would allow it`
  return `${procedure} says no${house}`
}

function remedyOf({ row, findings }: Recorded): string | undefined {
  const { ecosystem, required, forbidden, given, idle } = findings
  const [, who = ''] = /^person:(.+)$/.exec(row.actor) ?? /^(device:.+)$/.exec(row.actor) ?? []
  const giving = `latchkey grant create --to ${who} --ecosystem ${ecosystem} --level ${required} --uri ${row.target}`
  switch (row.reason) {
    case 'grant':
    case 'level':
      if (forbidden === 'policy') return 'latchkey policy list, and latchkey policy remove'
      if (forbidden !== undefined) return `latchkey grant revoke ${forbidden}`
      if (given !== undefined && required !== undefined && given <= required)
        return `a proof that is good for level ${required} in ${ecosystem}: another provider, or a better limit for this one`
      if (idle !== undefined) return `to wait until a grant is in force again, or ${giving}`
      return who === '' || required === undefined ? undefined : giving
    case 'assurance':
      return `latchkey step-up ${row.target}, or a new sign-in`
    case 'presence':
      return 'to be at the device'
    case 'approval':
      return 'latchkey approval list, and latchkey approval approve'
    case 'session':
      return 'a new sign-in'
    case 'capability':
      return 'a device that offers it, and latchkey capability set'
    case 'standing':
      return 'latchkey person enable, or latchkey device release'
    default:
      return ruleRemedyOf(row.reason, findings)
  }
}

function ruleRemedyOf(reason: string, { error }: Findings): string | undefined {
  const [kind, procedure] = reason.split(':')
  if (kind !== 'authorizer') return undefined
  return error === undefined
    ? `another answer of ${procedure}, or latchkey authz remove ${procedure}`
    : `a component that offers ${procedure} and answers in time, or latchkey authz remove ${procedure}`
}

function inWords({ grant }: Recorded, id: string): string {
  const known = grant(id)
  return known === undefined ? '' : ` (${known.words})`
}

function limitOf({ given, issuer }: Findings): string {
  if (given === undefined) return ''
  const by = issuer === undefined ? 'that proof' : `whoever comes by ${issuer}`
  return ` (it gives ${given}, but ${by} is held to less)`
}

/** Of those that may be told. */
function idleOf(recorded: Recorded): string {
  const known = (recorded.findings.idle ?? []).filter(({ grant }) => recorded.grant(grant))
  const words = known.map(
    ({ grant, reason }) => `grant ${grant}${inWords(recorded, grant)} ${idleWords[reason]}`,
  )
  return words.length === 0 ? '' : `; ${words.join('; ')}`
}

import type { AccessRequest, Authorizer, Decision, Match, Validation } from '../router/access.ts'
import { bySpecificity, covers } from '../ecosystems/pattern.ts'
import type { SchemaNames, Schemas } from './schemas.ts'
import { allOf } from './validations.ts'

/** Which payloads fit the procedures and topics that match. Of the rules that match the most specific counts, alone. */
export interface PayloadRule extends SchemaNames {
  readonly uri: string
  readonly match: Match
  /** Whether payloads in passthru mode, which nobody but the parties can open, pass unseen. */
  readonly sealed: 'pass' | 'refuse'
}

type Opinion = Decision | undefined

/** About whom the house decides. */
const ofHouse: ReadonlySet<string> = new Set(['person', 'device'])

/**
 * The same decisions, with what payloads must be like: looked up once for each decision, not for each message.
 * What an authorizer of the configuration has said of that itself stands; what an integrator's rule has said of people
 * and devices is demanded besides.
 * @throws Error naming the schema that is not there
 */
export function validated(
  authorizer: Authorizer,
  rules: readonly PayloadRule[],
  schemas: Schemas,
): Authorizer {
  if (rules.length === 0) return authorizer
  const ordered = rules
    .toSorted(bySpecificity)
    .map((rule) => ({ rule, validate: schemas.validation(rule, rule.sealed === 'refuse') }))

  const validationOf = (request: AccessRequest): Validation | undefined =>
    ordered.find(({ rule }) => covers(rule, request))?.validate

  const withValidation = (decision: Opinion, request: AccessRequest): Opinion => {
    if (decision?.allow !== true) return decision
    const own = decision.validate
    // Whoever narrows what the house allows takes nothing away of what is demanded there.
    if (own !== undefined && !ofHouse.has(request.principal.kind)) return decision
    const validate = allOf([own, validationOf(request)].filter((each) => each !== undefined))
    return validate === undefined ? decision : { ...decision, validate }
  }

  return (request) => {
    const opinion = authorizer(request)
    if (request.action !== 'call' && request.action !== 'publish') return opinion
    return opinion instanceof Promise
      ? opinion.then((decision) => withValidation(decision, request))
      : withValidation(opinion, request)
  }
}

import { systemClock, type Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { AccessRequest, Attested, Authorizer, Decision } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import { WampError } from '../router/wire/errors.ts'
import type { Dict } from '../router/wire/message.ts'
import type { Payload } from '../router/wire/payload.ts'
import type { Candidate } from './candidate.ts'
import { decide, type Explained } from './decide.ts'
import { narrowed, type Components } from './narrowed.ts'
import type { Requirement } from '../ecosystems/devices.ts'
import type { AccessQuestion, Facts, Question } from './question.ts'
import { touches } from './reserved-names.ts'
import { traced } from './trace.ts'

/** What a decision sets going besides itself. Each throws for a denial, as a WampError. */
export interface Effects {
  /** Digest of the arguments (`args_sha256`); `undefined`: they cannot be read. */
  readonly digest?: (payload: Payload) => string | undefined
  /** Counts one use of the grant. */
  readonly count?: (candidate: Candidate, uri: string) => Promise<void>
  /** Has the owner asked; what comes back goes to who asked, as keyword arguments of the denial. */
  readonly ask?: (question: Question, requirement: Requirement) => Promise<Dict>
  /** What the house says to the device of this request, where the capability asks for it. */
  readonly assert?: (question: Question, candidate: Candidate) => (message: Attested) => Dict
  /** Whom the device sees, where this ecosystem of it keeps names to itself. */
  readonly disguise?: (question: Question, ecosystem: string) => Decision['discloseAs']
}

/**
 * The authorizer of a house: has an answer to everything, so it stands last in a chain. Denials and uses of level 1
 * are recorded.
 */
export function ecosystemAuthorizer(context: {
  readonly ecosystems: Facts & Pick<Ecosystems, 'audit'>
  readonly clock?: Clock
  readonly log?: EngineLog
  readonly effects?: Effects
  /** Whom integrators' rules name. Absent: what they are about is denied. */
  readonly components?: Components
}): Authorizer {
  const { effects = {}, components } = context
  return (request) => {
    const whole = {
      ...request,
      componentsAsked: components !== undefined,
      argsSha256: () => effects.digest?.(request.payload),
    }
    const explained = decide(context, whole)
    const { question } = explained
    const cure = question?.cure
    // Nobody is bothered because somebody has looked at what there is, or because a right has ended.
    if (
      cure?.error === 'request_submitted' &&
      request.forMessage === true &&
      question !== undefined
    )
      return withOwnersWord(effects, question, cure.requirement, explained).then((answer) =>
        recorded(context, request, answer),
      )
    const effective = withEffects(explained, effects, (chosen) => goingOn(context, whole, chosen))
    if (!effective.decision.allow || components === undefined || !question?.rules.length)
      return recorded(context, request, effective)
    const stands = (): boolean => decide(context, whole).decision.allow
    return narrowed(effective, question, request, { components, stands }).then((agreed) =>
      recorded(context, request, agreed),
    )
  }
}

async function withOwnersWord(
  { ask }: Effects,
  question: Question,
  requirement: Requirement,
  explained: Explained,
): Promise<Explained> {
  const { decision } = explained
  try {
    const details = await ask?.(question, requirement)
    return { ...explained, decision: { ...decision, details: { ...decision.details, ...details } } }
  } catch (error) {
    if (!(error instanceof WampError)) throw error
    const { uri: reason, kwargs } = error
    const details = { ...decision.details, ...kwargs }
    return { ...explained, decision: { ...decision, reason, details } }
  }
}

/** What has to happen when a request goes through: a use is counted, a proof is spent, the device is told. */
function withEffects(
  explained: Explained,
  effects: Effects,
  standing: (chosen: Candidate) => () => boolean,
): Explained {
  const { decision, question } = explained
  if (!decision.allow || question === undefined) return explained
  const { chosen, attested } = question
  if (chosen === undefined) {
    const { keepsNames: keeper } = question
    const hidden = keeper === undefined ? undefined : effects.disguise?.(question, keeper)
    if (attested === undefined && hidden === undefined) return explained
    return {
      ...explained,
      decision: {
        ...decision,
        ...(attested !== undefined && { attest: () => attested }),
        ...(hidden !== undefined && { discloseAs: hidden }),
      },
    }
  }
  const { holding, stepUp, requirement } = chosen
  const { uri } = question.asked
  const counts = holding.counted
  const asserts =
    requirement.conditions.assert === true ? effects.assert?.(question, chosen) : undefined
  const attest = both(attested, asserts)
  const discloseAs = effects.disguise?.(question, requirement.ecosystem)
  const consume = async (): Promise<void> => {
    // A proof that another message has taken meanwhile is none.
    if (stepUp !== undefined && !question.facts.stepUps.spend(stepUp))
      throw new WampError('wamp.error.not_authorized', 'the proof has been used')
    if (counts) await effects.count?.(chosen, uri)
  }
  return {
    ...explained,
    decision: {
      ...decision,
      ...(attest !== undefined && { attest }),
      ...(discloseAs !== undefined && { discloseAs }),
      ...((counts || stepUp !== undefined) && { consume, stands: standing(chosen) }),
    },
  }
}

/**
 * Whether a call that is open may go on: whether it could be made again, if its use were not counted yet and what it
 * was shown for were shown again. Looked at anew when anything at all has changed, or might have by itself.
 */
function goingOn(
  context: { readonly ecosystems: Facts; readonly clock?: Clock },
  asked: AccessQuestion,
  underWay: Candidate,
): () => boolean {
  const { clock = systemClock, ecosystems } = context
  // A session whose proof has ended is closed, unless it brought a newer one.
  const { expiresAt: _ended, ...principal } = asked.principal
  let seen = -1
  let until = -Infinity
  return () => {
    const { value } = ecosystems.epoch
    if (value === seen && clock.now() < until) return true
    const { decision } = decide(context, { ...asked, principal, underWay })
    if (decision.allow) [seen, until] = [value, decision.until ?? -Infinity]
    return decision.allow
  }
}

/** What is said of every such message, and what of this very one. */
function both(
  attested: Dict | undefined,
  asserts: Decision['attest'],
): Decision['attest'] | undefined {
  if (attested === undefined) return asserts
  return (message) => ({ ...asserts?.(message), ...attested })
}

function recorded(
  context: {
    readonly ecosystems: Pick<Ecosystems, 'audit'>
    readonly log?: EngineLog
  },
  request: AccessRequest,
  { decision, check, details, question }: Explained,
): Decision {
  // Of a component that does not answer it is said once.
  if (details.error !== undefined && question === undefined)
    context.log?.('error', `the check ${check} failed; denied`, { error: details.error })
  const outcome = decision.allow ? 'allow' : details.error === undefined ? 'deny' : 'failure'
  // Latchkey's own procedures record by themselves what they change.
  const isOperator = request.principal.kind === 'operator' && !touches(request, 'latchkey')
  const isSteppedUp = question?.chosen?.stepUp !== undefined
  // While no provider can be asked, each use is to be seen afterwards.
  const isFallback = question?.evidence.local?.fallback === true
  const isNotable =
    !decision.allow || details.level === 1 || isOperator || isSteppedUp || isFallback
  if (!isNotable) return decision
  const { audit } = context.ecosystems
  return traced(decision, request, audit, {
    outcome,
    reason: check,
    details: { ...details, ...(isFallback && { fallback: true }) },
  })
}

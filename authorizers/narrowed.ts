import type { AuthorizerRow } from '../ecosystems/store/store.ts'
import type { AccessRequest, Decision } from '../router/access.ts'
import { isReplaced } from './checks/rules.ts'
import type { Explained } from './decide.ts'
import type { Verdict } from './judge.ts'
import type { Question } from './question.ts'
import { allOf } from './validations.ts'

/** The components of a realm that integrators' rules name. */
export interface Components {
  /** Never rejects. */
  ask(rule: AuthorizerRow, request: AccessRequest): Promise<Verdict>
}

/** What the owner reads of a denial by a rule. */
export function ruleName({ procedure }: Pick<AuthorizerRow, 'procedure'>): string {
  return `authorizer:${procedure}`
}

/**
 * What the house allows, as far as all components agree whom its rules name. They say no, and they can tell receivers
 * less; never more. Where one stands instead of grants, nothing is told of who asks but what it says.
 * @param stands whether the house would allow it still
 */
export async function narrowed(
  explained: Explained,
  question: Question,
  request: AccessRequest,
  { components, stands }: { readonly components: Components; readonly stands: () => boolean },
): Promise<Explained> {
  const said = await Promise.all(
    question.rules.map(async (rule) => ({ rule, ...(await components.ask(rule, request)) })),
  )
  const house = explained.decision
  const no = said.find(({ decision }) => !decision.allow)
  if (no !== undefined) {
    const { decision, problem, rule } = no
    return {
      ...explained,
      check: ruleName(rule),
      details: { ...explained.details, ...(problem !== undefined && { error: problem }) },
      // What could not be decided is decided anew the next time.
      decision: { ...decision, ...(problem === undefined && keeping([house, decision])) },
    }
  }
  const yes = said.map(({ decision }) => decision)
  return { ...explained, decision: agreed(house, yes, isReplaced(question), stands) }
}

function agreed(
  house: Decision,
  yes: readonly Decision[],
  isOthers: boolean,
  stands: () => boolean,
): Decision {
  const { attest, consume, discloseAs } = house
  const kept = keeping([house, ...yes])
  const hasToldNo = yes.some((each) => each.disclose === false)
  const isTold = isOthers ? yes.some((each) => each.disclose === true) : house.disclose
  const disclose = hasToldNo ? false : isTold
  const levels = [house, ...yes].flatMap(({ trustlevel }) => trustlevel ?? [])
  const validate = allOf([house, ...yes].flatMap((each) => each.validate ?? []))
  const isAnew = kept.until === undefined
  return {
    allow: true,
    ...kept,
    ...(attest !== undefined && { attest }),
    ...(consume !== undefined && { consume }),
    ...((isAnew || house.stands !== undefined) && { stands: house.stands ?? stands }),
    ...(disclose !== undefined && { disclose }),
    ...(discloseAs !== undefined && disclose !== false && { discloseAs }),
    ...(levels.length > 0 && { trustlevel: Math.min(...levels) }),
    ...(validate !== undefined && { validate }),
  }
}

/** As long as all of them, and it falls with each of them. */
function keeping(decisions: readonly Decision[]): Pick<Decision, 'until' | 'epochs'> {
  const untils = decisions.map(({ until }) => until)
  const [root] = decisions.flatMap(({ epochs }) => epochs?.root ?? [])
  const parts = decisions.flatMap(({ epochs }) => epochs?.parts ?? [])
  return {
    ...(untils.every((until) => until !== undefined) && { until: Math.min(...untils) }),
    ...(root !== undefined && { epochs: { root, parts } }),
  }
}

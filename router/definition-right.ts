import type { Action, Decision, Principal } from './access.ts'
import { KeptDecision } from './decisions.ts'
import type { Gate } from './gate.ts'
import type { Peer } from './peer.ts'
import type { DefinitionType } from './reflection-definition.ts'

/** What a definer must be able to do: only who may offer something may say what it is. */
export function actionsFor(type: DefinitionType): readonly Action[] {
  if (type === 'error') return ['register', 'publish']
  return [type === 'procedure' ? 'register' : 'publish']
}

/** A decision, and the action that it is about. */
export interface ActionDecision {
  readonly action: Action
  readonly decision: Decision
}

/** The first action that the peer may do, alone; else all of them, with their denials. */
export async function decideFirst(
  gate: Gate,
  peer: Peer,
  uri: string,
  actions: readonly Action[],
): Promise<ActionDecision[]> {
  const denials: ActionDecision[] = []
  for (const action of actions) {
    const decision = await gate.decide(peer, action, uri)
    if (decision.allow) return [{ action, decision }]
    denials.push({ action, decision })
  }
  return denials
}

/** Whether a definer may still offer what it has defined: `unknown` when that could not be decided. */
export type DefinerStanding = 'held' | 'withdrawn' | 'unknown'

/** A definer's right to its definition. As long as nothing changed it is one compare to know that it stands. */
export class DefinitionRight {
  readonly #definer: Peer
  readonly #uri: string
  readonly #actions: readonly Action[]
  readonly #gate: Gate
  #right: KeptDecision
  /** Who the right was given to: a session that proved itself anew is asked about anew. */
  #principal: Principal
  #asking: Promise<DefinerStanding> | undefined

  /** `right`: by which it was defined. */
  constructor(
    definer: Peer,
    { type, uri }: { readonly type: DefinitionType; readonly uri: string },
    right: Decision,
    gate: Gate,
  ) {
    this.#definer = definer
    this.#uri = uri
    this.#actions = actionsFor(type)
    this.#gate = gate
    this.#right = new KeptDecision(right)
    this.#principal = definer.principal
  }

  /** A promise, that never rejects: it is asked about elsewhere, once for all who want to know. */
  standing(): DefinerStanding | Promise<DefinerStanding> {
    const { principal } = this.#definer
    if (principal === this.#principal && this.#right.holds(this.#gate.now())) return 'held'
    this.#asking ??= this.#askAnew().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #askAnew(): Promise<DefinerStanding> {
    const { principal } = this.#definer
    const decisions = await decideFirst(this.#gate, this.#definer, this.#uri, this.#actions)
    const allowed = decisions.find(({ decision }) => decision.allow)
    if (allowed !== undefined) {
      this.#right = new KeptDecision(allowed.decision)
      this.#principal = principal
      return 'held'
    }
    // What could not be decided was not withdrawn: it may be decided again in a moment.
    const failed = 'wamp.error.authorization_failed'
    if (decisions.some(({ decision }) => decision.reason === failed)) return 'unknown'
    for (const { action, decision } of decisions) {
      this.#gate.applied(this.#definer, action, this.#uri, decision)
    }
    return 'withdrawn'
  }
}

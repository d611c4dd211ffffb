import type { Decision } from './access.ts'
import { KeptDecision } from './decisions.ts'
import type { Gate } from './gate.ts'
import type { Invocation } from './invocation.ts'

/** What nobody decides anew has fallen. */
const fallen: Decision = { allow: false }

/** How the caller's right to its call is asked about anew. */
export type AskAnew = (invocation: Invocation) => Decision | Promise<Decision>

/**
 * Why an open call must not go on any more; `undefined`: it may. Neither a stream nor a call that waits outlives the
 * right on which it began, or the proof on which that was given. A use that was counted is good for all of the call,
 * and so is what is decided anew for each message, as long as the decision itself stands. A promise never rejects; the
 * call may have ended when it resolves.
 */
export function denialOf(
  invocation: Invocation,
  gate: Gate,
  ask: AskAnew = (open) => decideAnew(open, gate),
): Decision | undefined | Promise<Decision | undefined> {
  const { decision } = invocation
  if (decision.until === undefined || decision.consume !== undefined) {
    return gate.stands(decision) ? undefined : fallen
  }
  invocation.right ??= new KeptDecision(decision)
  if (invocation.right.holds(gate.now())) return undefined
  const again = ask(invocation)
  if (!(again instanceof Promise)) return take(invocation, again)
  return again.then((decided) => take(invocation, decided))
}

/** With the attributes of the call, on which its right may rest. */
export function decideAnew(
  { caller, procedure, wishes }: Invocation,
  gate: Gate,
): Decision | Promise<Decision> {
  return gate.decide(caller, 'call', procedure, 'exact', wishes.attributes)
}

function take(invocation: Invocation, decision: Decision): Decision | undefined {
  invocation.right = new KeptDecision(decision)
  return decision.allow ? undefined : decision
}

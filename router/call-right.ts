import type { Decision } from './access.ts'
import { KeptDecision } from './decisions.ts'
import type { Gate } from './gate.ts'
import type { Invocation } from './invocation.ts'

/**
 * Why an open call must not go on any more; `undefined`: it may. Neither a stream nor a call that waits outlives the
 * right on which it began. A use that was counted is good for all of the call, and so is what is decided anew for each
 * message. A promise never rejects; the call may have ended when it resolves.
 */
export function denialOf(
  invocation: Invocation,
  gate: Gate,
): Decision | undefined | Promise<Decision | undefined> {
  const { caller, decision, procedure } = invocation
  if (decision.until === undefined || decision.consume !== undefined) return undefined
  invocation.right ??= new KeptDecision(decision)
  if (invocation.right.holds(gate.now())) return undefined
  const again = gate.decide(caller, 'call', procedure)
  if (!(again instanceof Promise)) return take(invocation, again)
  return again.then((decided) => take(invocation, decided))
}

function take(invocation: Invocation, decision: Decision): Decision | undefined {
  invocation.right = new KeptDecision(decision)
  return decision.allow ? undefined : decision
}

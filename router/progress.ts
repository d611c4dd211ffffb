import type { Peer } from './peer.ts'
import type { Tolerance } from './tolerance.ts'
import { violation } from './wire/errors.ts'

/**
 * Whether a callee is asked for progress, and heard when it reports some. One that cannot be interrupted counts as
 * one without progress to the letter of the specification (rfc/text/advanced/rpc_progressive_call_results.md).
 */
export function reportsProgress({ features }: Peer, tolerance: Tolerance): boolean {
  return (
    features.has('callee.progressive_call_results') &&
    (tolerance.progressWithoutCanceling || features.has('callee.call_canceling'))
  )
}

/**
 * Whether progress that a callee reports is to be heard. Clients in wide use report it without having announced it.
 * @throws WampError `wamp.error.protocol_violation`: it was not announced, and nothing unannounced is tolerated
 */
export function isHeard(callee: Peer, tolerance: Tolerance): boolean {
  if (callee.features.has('callee.progressive_call_results')) {
    return reportsProgress(callee, tolerance)
  }
  if (tolerance.unannouncedFeatures) return true
  throw violation('YIELD.Options.progress was not announced: callee.progressive_call_results')
}

/** Whether a callee takes calls in parts (rfc/text/advanced/rpc_progressive_call_invocations.md). */
export function takesParts({ features }: Peer): boolean {
  return (
    features.has('callee.progressive_call_invocations') && features.has('callee.call_canceling')
  )
}

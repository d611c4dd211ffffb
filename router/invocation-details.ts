import { noWishes } from './call-options.ts'
import type { Endpoint } from './endpoint.ts'
import type { Invocation } from './invocation.ts'
import { reportsProgress } from './progress.ts'
import type { Tolerance } from './tolerance.ts'
import type { Constant } from './wire/constant.ts'
import { emptyDict, type Dict } from './wire/message.ts'

/**
 * INVOCATION.Details: what the caller asked for, as far as the callee understands it, and what the router alone can
 * say. For a call in parts those of its further parts are kept with it, as only the first part's options count
 * (rfc/text/advanced/rpc_progressive_call_invocations.md, Freezing of Options); what the router attests of each part
 * comes to them then, as it is about that part alone. A Constant where they are about the caller alone.
 */
export function invocationDetails(
  invocation: Invocation,
  endpoint: Endpoint,
  tolerance: Tolerance,
  attested: Dict,
): Dict | Constant {
  const { caller, decision, wishes, registration } = invocation
  const { disclose, trustlevel } = decision
  const isDisclosed =
    disclose === true || (disclose !== false && (wishes.discloseMe || endpoint.disclosesCaller))
  const isTrusted = trustlevel !== undefined && endpoint.takesTrustlevel
  const pattern = registration.match !== 'exact'
  const isTold = isDisclosed || isTrusted
  const isPlain = wishes === noWishes && !pattern
  if (isPlain && !isTold) return attested
  const told = isTold
    ? caller.ledger.callerDetails.of(caller, decision, isDisclosed, isTrusted)
    : undefined
  if (isPlain && told !== undefined && attested === emptyDict) return told
  const { receiveProgress, inParts, timeoutMs, passthru } = wishes
  const forwardsTimeout = timeoutMs > 0 && endpoint.forwardsTimeout && !invocation.timeout
  const details: Dict = {
    ...told?.value,
    // Who offers a pattern is told what was called of it (rfc/text/advanced/rpc_pattern_based_registration.md).
    ...(pattern && { procedure: invocation.procedure }),
    ...(receiveProgress &&
      reportsProgress(endpoint.callee, tolerance) && { receive_progress: true }),
    ...(forwardsTimeout && { timeout: timeoutMs }),
    ...passthru,
  }
  if (!inParts) return attested === emptyDict ? details : { ...details, ...attested }
  const part = { ...details, progress: true }
  invocation.furtherDetails = { part, last: details }
  return { ...part, ...attested }
}

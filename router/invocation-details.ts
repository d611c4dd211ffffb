import type { Disguise } from './access.ts'
import { noWishes } from './call-options.ts'
import type { Endpoint } from './endpoint.ts'
import type { Invocation } from './invocation.ts'
import type { Peer } from './peer.ts'
import { reportsProgress } from './progress.ts'
import type { Tolerance } from './tolerance.ts'
import { emptyDict, type Dict } from './wire/message.ts'

/**
 * INVOCATION.Details: what the caller asked for, as far as the callee understands it, and what the router alone can
 * say. For a call in parts those of its further parts are kept with it, as only the first part's options count
 * (rfc/text/advanced/rpc_progressive_call_invocations.md, Freezing of Options); what the router attests of each part
 * comes to them then, as it is about that part alone.
 */
export function invocationDetails(
  invocation: Invocation,
  endpoint: Endpoint,
  tolerance: Tolerance,
  attested: Dict,
): Dict {
  const { caller, decision, wishes, registration } = invocation
  const { disclose, discloseAs, trustlevel } = decision
  const disclosed =
    disclose === true || (disclose !== false && (wishes.discloseMe || endpoint.disclosesCaller))
  const trusted = trustlevel !== undefined && endpoint.takesTrustlevel
  const pattern = registration.match !== 'exact'
  if (wishes === noWishes && !disclosed && !trusted && !pattern) return attested
  const { receiveProgress, inParts, timeoutMs, passthru } = wishes
  const forwardsTimeout = timeoutMs > 0 && endpoint.forwardsTimeout && !invocation.timeout
  const details: Dict = {
    ...(disclosed && callerDetails(caller, discloseAs)),
    ...(trusted && { trustlevel }),
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

/** Who calls, set by the router alone (rfc/text/advanced/rpc_caller_identification.md). */
function callerDetails(caller: Peer, disguise: Disguise | undefined): Dict {
  if (disguise !== undefined) {
    const { authid, authrole } = disguise
    return {
      caller_authid: authid,
      ...(authrole !== undefined && { caller_authrole: authrole }),
    }
  }
  const { authid, authrole } = caller.principal
  return { caller: caller.id, caller_authid: authid, caller_authrole: authrole }
}

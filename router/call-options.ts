import { attributesOf } from './attributes.ts'
import type { Limits } from './limits.ts'
import { usesPassthru, passthruOf } from './passthru.ts'
import type { Peer } from './peer.ts'
import type { Tolerance } from './tolerance.ts'
import { violation, type WampUri } from './wire/errors.ts'
import { found } from './wire/found.ts'
import { emptyDict, type Dict } from './wire/message.ts'

/** What a CALL asks for beyond being routed. */
export interface CallWishes {
  /** Results as they come (rfc/text/advanced/rpc_progressive_call_results.md). */
  readonly receiveProgress: boolean
  /** More parts of it follow (rfc/text/advanced/rpc_progressive_call_invocations.md). */
  readonly inParts: boolean
  /** 0: as long as it takes. */
  readonly timeoutMs: number
  /** The caller wants to be named to the callee. */
  readonly discloseMe: boolean
  /** The `ppt_*` attributes; `undefined`: the payload is an ordinary one. */
  readonly passthru: Dict | undefined
  /** The callee is chosen by this key. */
  readonly shardKey: string | undefined
  /** What of the options is for the authorizer alone. */
  readonly attributes: Dict | undefined
}

/** Why a request cannot be served. */
export interface Refusal {
  readonly error: WampUri
  readonly text: string
}

/** A CALL without options. */
export const noWishes: CallWishes = {
  receiveProgress: false,
  inParts: false,
  timeoutMs: 0,
  discloseMe: false,
  passthru: undefined,
  shardKey: undefined,
  attributes: undefined,
}

/**
 * Reads CALL.Options, whose types are known to be right.
 * @throws WampError `wamp.error.protocol_violation` for a feature that the caller uses without having announced it
 */
export function readCallOptions(
  options: Dict,
  { features }: Peer,
  limits: Limits,
  tolerance: Tolerance,
): CallWishes | Refusal {
  if (options === emptyDict) return noWishes
  const inParts = options['progress'] === true
  if (
    inParts &&
    !tolerance.unannouncedFeatures &&
    !features.has('caller.progressive_call_invocations')
  ) {
    throw violation('CALL.Options.progress was not announced: caller.progressive_call_invocations')
  }
  const passthru = usesPassthru(options) ? passthruOf(options) : undefined
  if (passthru !== undefined && !features.has('caller.payload_passthru_mode')) {
    throw violation('CALL.Options.ppt_scheme was not announced: caller.payload_passthru_mode')
  }
  const timeoutMs = (options['timeout'] as number | undefined) ?? 0
  if (timeoutMs > limits.callTimeoutMs) {
    const text = `CALL.Options.timeout is ${timeoutMs}, it must be at most ${limits.callTimeoutMs} ms`
    return { error: 'wamp.error.invalid_argument', text }
  }
  const { runmode, rkey } = options as { runmode?: string; rkey?: string }
  if (runmode !== undefined) {
    const refusal = refusalOfRunmode(runmode, rkey)
    if (refusal !== undefined) return refusal
  }
  return {
    receiveProgress: options['receive_progress'] === true,
    inParts,
    timeoutMs,
    discloseMe: options['disclose_me'] === true,
    passthru,
    shardKey: runmode === undefined ? undefined : rkey,
    attributes: attributesOf(options),
  }
}

function refusalOfRunmode(runmode: string, rkey: string | undefined): Refusal | undefined {
  if (runmode === 'all') {
    return { error: 'wamp.error.feature_not_supported', text: 'runmode=all is not offered' }
  }
  if (runmode !== 'partition') {
    const text = `CALL.Options.runmode is ${found(runmode)}, it must be partition`
    return { error: 'wamp.error.invalid_argument', text }
  }
  if (rkey !== undefined) return undefined
  const text = 'CALL.Options.runmode is "partition", which needs CALL.Options.rkey, a string'
  return { error: 'wamp.error.invalid_argument', text }
}

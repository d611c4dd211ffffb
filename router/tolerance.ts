/**
 * Three rules of the specification that clients in wide use break. Each is a switch of the realm; `true`, the default,
 * lets such clients work, `false` holds to the letter.
 */
export interface Tolerance {
  /**
   * A caller may use progressive call invocations, and a callee progressive results, that it did not announce
   * (rfc/text/advanced/rpc_progressive_call_invocations.md). `false`: ABORT `wamp.error.protocol_violation`.
   */
  readonly unannouncedFeatures: boolean
  /**
   * A callee that announced progressive_call_results but not call_canceling is asked for progress all the same
   * (rfc/text/advanced/rpc_progressive_call_results.md). `false`: it is asked for one result.
   */
  readonly progressWithoutCanceling: boolean
  /**
   * Request ids of a client may begin with any number and leave some out (rfc/text/basic/building_blocks.md, IDs).
   * `false`: a gap is ABORT `wamp.error.protocol_violation`. Backward and repeated ids always are.
   */
  readonly requestIdGaps: boolean
}

export const tolerant: Tolerance = {
  unannouncedFeatures: true,
  progressWithoutCanceling: true,
  requestIdGaps: true,
}

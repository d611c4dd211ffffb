import type { Decision } from './access.ts'
import type { Peer } from './peer.ts'
import { emptyDict, ERROR } from './wire/message.ts'
import { Payload } from './wire/payload.ts'

/** Answers a request with ERROR. `message`, if any, is for people and becomes the first argument. */
export function replyError(
  peer: Peer,
  requestType: number,
  request: number,
  error: string,
  message?: string,
): void {
  const payload = message === undefined ? Payload.empty : Payload.of([message])
  peer.send({ type: ERROR, requestType, request, details: emptyDict, error, payload })
}

/**
 * Answers a request that was denied. Tells nothing but the opaque name of the decision, so that the answer is the
 * same whether or not the thing asked for exists; what the caller can cure is in the decision's details.
 */
export function replyDenied(
  peer: Peer,
  requestType: number,
  request: number,
  decision: Decision,
): void {
  peer.send({
    type: ERROR,
    requestType,
    request,
    details: decision.decisionId === undefined ? emptyDict : { decision_id: decision.decisionId },
    error: decision.reason ?? 'wamp.error.not_authorized',
    payload: decision.details === undefined ? Payload.empty : Payload.of([], decision.details),
  })
}

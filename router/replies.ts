import type { Decision } from './access.ts'
import type { Peer } from './peer.ts'
import type { WampError } from './wire/errors.ts'
import { emptyDict, ERROR, type Dict } from './wire/message.ts'
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
  reply(peer, requestType, request, error, emptyDict, payload)
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
  const { reason = 'wamp.error.not_authorized', decisionId, details } = decision
  const named = decisionId === undefined ? emptyDict : { decision_id: decisionId }
  const payload = details === undefined ? Payload.empty : Payload.of([], details)
  reply(peer, requestType, request, reason, named, payload)
}

/** Answers a request with the error that one of our own procedures threw. */
export function replyRefused(
  peer: Peer,
  requestType: number,
  request: number,
  { uri, message, kwargs }: WampError,
): void {
  reply(peer, requestType, request, uri, emptyDict, Payload.of([message], kwargs))
}

/** Who asked gets an answer in any case: where it is longer than the peer takes, without what explains it. */
function reply(
  peer: Peer,
  requestType: number,
  request: number,
  error: string,
  details: Dict,
  payload: Payload,
): void {
  if (peer.send({ type: ERROR, requestType, request, details, error, payload })) return
  const bare = { details: emptyDict, payload: Payload.empty }
  peer.send({ type: ERROR, requestType, request, error, ...bare })
}

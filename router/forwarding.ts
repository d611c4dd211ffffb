import type { EngineLog } from './log.ts'
import type { Peer } from './peer.ts'
import { replyError } from './replies.ts'
import type { WampUri } from './wire/errors.ts'
import { CALL, type Message } from './wire/message.ts'

/** Hands on what another peer wrote. Returns the error for who waits for an answer, if it cannot be. */
export function forward(peer: Peer, message: Message, log: EngineLog): WampUri | undefined {
  try {
    return peer.send(message) ? undefined : 'wamp.error.payload_size_exceeded'
  } catch (error) {
    log('error', 'a message could not be written', { error, type: message.type })
    return 'wamp.error.invalid_argument'
  }
}

/** Answers for a message that could not be handed on. Short, as the caller may take but 512 bytes. */
export function replyUnsent(
  caller: Peer,
  request: number,
  fault: WampUri,
  what: 'call' | 'answer',
  receiver: 'callee' | 'caller',
): void {
  const text =
    fault === 'wamp.error.payload_size_exceeded'
      ? `the ${what} is longer than the ${receiver} takes now`
      : `the ${what} cannot be written for the ${receiver}`
  replyError(caller, CALL, request, fault, text)
}

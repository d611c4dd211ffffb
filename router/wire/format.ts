import {
  ABORT,
  AUTHENTICATE,
  CALL,
  CANCEL,
  CHALLENGE,
  ERROR,
  EVENT,
  GOODBYE,
  HELLO,
  INTERRUPT,
  INVOCATION,
  PUBLISH,
  PUBLISHED,
  REGISTER,
  REGISTERED,
  RESULT,
  SUBSCRIBE,
  SUBSCRIBED,
  UNREGISTER,
  UNREGISTERED,
  UNSUBSCRIBE,
  UNSUBSCRIBED,
  WELCOME,
  YIELD,
  type Dict,
  type Message,
} from './message.ts'

import { Payload } from './payload.ts'

/** What the array form of a message is made of. */
export type HeadItem = number | string | Dict

/** The array form of a message without its payload. */
export function formatHead(message: Message): readonly HeadItem[] {
  switch (message.type) {
    case HELLO:
      return [HELLO, message.realm, message.details]
    case WELCOME:
      return [WELCOME, message.session, message.details]
    case ABORT:
      return [ABORT, message.details, message.reason]
    case CHALLENGE:
      return [CHALLENGE, message.method, message.extra]
    case AUTHENTICATE:
      return [AUTHENTICATE, message.signature, message.extra]
    case GOODBYE:
      return [GOODBYE, message.details, message.reason]
    case ERROR:
      return [ERROR, message.requestType, message.request, message.details, message.error]
    case PUBLISH:
      return [PUBLISH, message.request, message.options, message.topic]
    case PUBLISHED:
      return [PUBLISHED, message.request, message.publication]
    case SUBSCRIBE:
      return [SUBSCRIBE, message.request, message.options, message.topic]
    case SUBSCRIBED:
      return [SUBSCRIBED, message.request, message.subscription]
    case UNSUBSCRIBE:
      return [UNSUBSCRIBE, message.request, message.subscription]
    case UNSUBSCRIBED:
      return withDetails(UNSUBSCRIBED, message.request, message.details)
    case EVENT:
      return [EVENT, message.subscription, message.publication, message.details]
    case CALL:
      return [CALL, message.request, message.options, message.procedure]
    case CANCEL:
      return [CANCEL, message.request, message.options]
    case RESULT:
      return [RESULT, message.request, message.details]
    case REGISTER:
      return [REGISTER, message.request, message.options, message.procedure]
    case REGISTERED:
      return [REGISTERED, message.request, message.registration]
    case UNREGISTER:
      return [UNREGISTER, message.request, message.registration]
    case UNREGISTERED:
      return withDetails(UNREGISTERED, message.request, message.details)
    case INVOCATION:
      return [INVOCATION, message.request, message.registration, message.details]
    case INTERRUPT:
      return [INTERRUPT, message.request, message.options]
    default:
      return [YIELD, message.request, message.options]
  }
}

function withDetails(type: number, request: number, details: Dict | undefined) {
  return details === undefined ? [type, request] : [type, request, details]
}

/** What a message carries for the application, if its type can. */
export function payloadOf(message: Message): Payload {
  return 'payload' in message ? message.payload : Payload.empty
}

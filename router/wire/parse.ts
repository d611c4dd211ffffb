import { maxElements } from './elements.ts'
import { violation } from './errors.ts'
import { found } from './found.ts'
import { isId, maxId } from './id.ts'
import {
  ABORT,
  AUTHENTICATE,
  CALL,
  CANCEL,
  CHALLENGE,
  emptyDict,
  ERROR,
  EVENT,
  GOODBYE,
  headLengths,
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
import { checkOptions } from './options.ts'
import type { Payload } from './payload.ts'

interface Shape {
  readonly name: string
  /** Elements before the payload, at the least. */
  readonly head: number
  /** Elements at the most. */
  readonly most: number
  readonly hasPayload: boolean
}

// By type code: an array, as this is read for every message.
const shapes: (Shape | undefined)[] = Array.from({ length: YIELD + 1 })
function define(type: number, name: string, head: number, optional = 0): void {
  const hasPayload = headLengths.get(type) === head
  shapes[type] = { name, head, most: hasPayload ? head + 2 : head + optional, hasPayload }
}
define(HELLO, 'HELLO', 3)
define(WELCOME, 'WELCOME', 3)
define(ABORT, 'ABORT', 3)
define(CHALLENGE, 'CHALLENGE', 3)
define(AUTHENTICATE, 'AUTHENTICATE', 3)
define(GOODBYE, 'GOODBYE', 3)
define(ERROR, 'ERROR', 5)
define(PUBLISH, 'PUBLISH', 4)
define(PUBLISHED, 'PUBLISHED', 3)
define(SUBSCRIBE, 'SUBSCRIBE', 4)
define(SUBSCRIBED, 'SUBSCRIBED', 3)
define(UNSUBSCRIBE, 'UNSUBSCRIBE', 3)
define(UNSUBSCRIBED, 'UNSUBSCRIBED', 2, 1)
define(EVENT, 'EVENT', 4)
define(CALL, 'CALL', 4)
define(CANCEL, 'CANCEL', 3)
define(RESULT, 'RESULT', 3)
define(REGISTER, 'REGISTER', 4)
define(REGISTERED, 'REGISTERED', 3)
define(UNREGISTER, 'UNREGISTER', 3)
define(UNREGISTERED, 'UNREGISTERED', 2, 1)
define(INVOCATION, 'INVOCATION', 4)
define(INTERRUPT, 'INTERRUPT', 3)
define(YIELD, 'YIELD', 3)

/**
 * How many of a message's elements are its head; the others are its payload.
 * @throws WampError `wamp.error.protocol_violation` for an unknown type code or a wrong number of elements
 */
export function countHead(type: unknown, elements: number): number {
  const shape = typeof type === 'number' ? shapes[type] : undefined
  if (shape === undefined) {
    if (elements === 0) throw violation('a message is an empty list')
    throw violation(`the message type is ${found(type)}, which is no known type code`)
  }
  if (elements < shape.head || elements > shape.most) {
    const allowed = shape.most === shape.head ? `${shape.most}` : `${shape.head} to ${shape.most}`
    throw violation(`${shape.name} has ${elements} elements, allowed are ${allowed}`)
  }
  return shape.hasPayload ? shape.head : elements
}

/**
 * Where a codec reads a head into: one list for all messages, as each is over before the next begins (0.92 of the time of
 * decoding with one for each).
 */
export function newHead(): unknown[] {
  return Array.from({ length: maxElements }, () => undefined)
}

/**
 * A message from its head, decoded: numbers, strings and dicts as they came, `undefined` for what a head cannot hold.
 * Its `length`, the number of elements, must have been checked with `countHead`. Shared by all serializers, both directions.
 * @throws WampError `wamp.error.protocol_violation`
 */
export function parseMessage(head: readonly unknown[], length: number, payload: Payload): Message {
  switch (head[0]) {
    case HELLO:
      return {
        type: HELLO,
        realm: realm(head[1], head[2]),
        details: dict(head[2], 'HELLO.Details'),
      }
    case WELCOME:
      return {
        type: WELCOME,
        session: id(head[1], 'WELCOME.Session'),
        details: dict(head[2], 'WELCOME.Details'),
      }
    case ABORT:
      return {
        type: ABORT,
        details: dict(head[1], 'ABORT.Details'),
        reason: uri(head[2], 'ABORT.Reason'),
        payload,
      }
    case CHALLENGE:
      return {
        type: CHALLENGE,
        method: text(head[1], 'CHALLENGE.AuthMethod'),
        extra: dict(head[2], 'CHALLENGE.Extra'),
      }
    case AUTHENTICATE:
      return {
        type: AUTHENTICATE,
        signature: text(head[1], 'AUTHENTICATE.Signature'),
        extra: dict(head[2], 'AUTHENTICATE.Extra'),
      }
    case GOODBYE:
      return {
        type: GOODBYE,
        details: dict(head[1], 'GOODBYE.Details'),
        reason: uri(head[2], 'GOODBYE.Reason'),
      }
    case ERROR:
      return {
        type: ERROR,
        requestType: integer(head[1], 'ERROR.REQUEST.Type'),
        request: id(head[2], 'ERROR.REQUEST.Request'),
        details: dict(head[3], 'ERROR.Details'),
        error: uri(head[4], 'ERROR.Error'),
        payload,
      }
    case PUBLISH:
      return {
        type: PUBLISH,
        request: id(head[1], 'PUBLISH.Request'),
        options: options(PUBLISH, head[2], 'PUBLISH.Options'),
        topic: uri(head[3], 'PUBLISH.Topic'),
        payload,
      }
    case PUBLISHED:
      return {
        type: PUBLISHED,
        request: id(head[1], 'PUBLISHED.Request'),
        publication: id(head[2], 'PUBLISHED.Publication'),
      }
    case SUBSCRIBE:
      return {
        type: SUBSCRIBE,
        request: id(head[1], 'SUBSCRIBE.Request'),
        options: options(SUBSCRIBE, head[2], 'SUBSCRIBE.Options'),
        topic: uri(head[3], 'SUBSCRIBE.Topic'),
      }
    case SUBSCRIBED:
      return {
        type: SUBSCRIBED,
        request: id(head[1], 'SUBSCRIBED.Request'),
        subscription: id(head[2], 'SUBSCRIBED.Subscription'),
      }
    case UNSUBSCRIBE:
      return {
        type: UNSUBSCRIBE,
        request: id(head[1], 'UNSUBSCRIBE.Request'),
        subscription: id(head[2], 'UNSUBSCRIBE.Subscription'),
      }
    case UNSUBSCRIBED:
      if (length === 2) return { type: UNSUBSCRIBED, request: id(head[1], 'UNSUBSCRIBED.Request') }
      return {
        type: UNSUBSCRIBED,
        request: revoked(head[1], 'UNSUBSCRIBED.Request'),
        details: dict(head[2], 'UNSUBSCRIBED.Details'),
      }
    case EVENT:
      return {
        type: EVENT,
        subscription: id(head[1], 'EVENT.Subscription'),
        publication: id(head[2], 'EVENT.Publication'),
        details: options(EVENT, head[3], 'EVENT.Details'),
        payload,
      }
    case CALL:
      return {
        type: CALL,
        request: id(head[1], 'CALL.Request'),
        options: options(CALL, head[2], 'CALL.Options'),
        procedure: uri(head[3], 'CALL.Procedure'),
        payload,
      }
    case CANCEL:
      return {
        type: CANCEL,
        request: id(head[1], 'CANCEL.Request'),
        options: options(CANCEL, head[2], 'CANCEL.Options'),
      }
    case RESULT:
      return {
        type: RESULT,
        request: id(head[1], 'RESULT.Request'),
        details: options(RESULT, head[2], 'RESULT.Details'),
        payload,
      }
    case REGISTER:
      return {
        type: REGISTER,
        request: id(head[1], 'REGISTER.Request'),
        options: options(REGISTER, head[2], 'REGISTER.Options'),
        procedure: uri(head[3], 'REGISTER.Procedure'),
      }
    case REGISTERED:
      return {
        type: REGISTERED,
        request: id(head[1], 'REGISTERED.Request'),
        registration: id(head[2], 'REGISTERED.Registration'),
      }
    case UNREGISTER:
      return {
        type: UNREGISTER,
        request: id(head[1], 'UNREGISTER.Request'),
        registration: id(head[2], 'UNREGISTER.Registration'),
      }
    case UNREGISTERED:
      if (length === 2) return { type: UNREGISTERED, request: id(head[1], 'UNREGISTERED.Request') }
      return {
        type: UNREGISTERED,
        request: revoked(head[1], 'UNREGISTERED.Request'),
        details: dict(head[2], 'UNREGISTERED.Details'),
      }
    case INVOCATION:
      return {
        type: INVOCATION,
        request: id(head[1], 'INVOCATION.Request'),
        registration: id(head[2], 'INVOCATION.Registration'),
        details: options(INVOCATION, head[3], 'INVOCATION.Details'),
        payload,
      }
    case INTERRUPT:
      return {
        type: INTERRUPT,
        request: id(head[1], 'INTERRUPT.Request'),
        options: options(INTERRUPT, head[2], 'INTERRUPT.Options'),
      }
    case YIELD:
      return {
        type: YIELD,
        request: id(head[1], 'YIELD.Request'),
        options: options(YIELD, head[2], 'YIELD.Options'),
        payload,
      }
    default:
      throw violation(`the message type is ${found(head[0])}, which is no known type code`)
  }
}

function id(value: unknown, name: string): number {
  if (!isId(value)) {
    throw violation(`${name} is ${found(value)}, it must be an integer from 1 to ${maxId}`)
  }
  return value
}

/** The request of an answer that nobody asked for. */
function revoked(value: unknown, name: string): 0 {
  if (value !== 0) throw violation(`${name} is ${found(value)}, beside Details it must be 0`)
  return 0
}

/** Who resumes a session may leave its realm out (session state machine, "resume"). */
function realm(value: unknown, details: unknown): string {
  const resumes = isPlain(details) && (details as Dict)['resume-session'] !== undefined
  return value === null && resumes ? '' : uri(value, 'HELLO.Realm')
}

function integer(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw violation(`${name} is ${found(value)}, it must be an integer`)
  }
  return value
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw violation(`${name} is ${found(value)}, it must be a string`)
  return value
}

function uri(value: unknown, name: string): string {
  if (typeof value !== 'string') throw violation(`${name} is ${found(value)}, it must be a URI`)
  return value
}

function dict(value: unknown, name: string): Dict {
  // Neither a list nor binary, a timestamp or an extension, which MessagePack can put here.
  if (value !== emptyDict && !isPlain(value)) {
    throw violation(`${name} is ${found(value)}, it must be a dict`)
  }
  return value as Dict
}

function isPlain(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

function options(type: number, value: unknown, name: string): Dict {
  const known = dict(value, name)
  checkOptions(type, known, name)
  return known
}

import type { Constant } from './constant.ts'
import type { Payload } from './payload.ts'

/** A WAMP dictionary: string keys, any value. Never merged into an object of ours (`__proto__` is a key like any other). */
export type Dict = Readonly<Record<string, unknown>>

/** The one empty dictionary, shared by all messages without options or details. */
export const emptyDict: Dict = Object.freeze(Object.create(null) as Record<string, unknown>)

/** Whether a decoded value is a dictionary: neither a list nor null. */
export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const HELLO = 1
export const WELCOME = 2
export const ABORT = 3
export const CHALLENGE = 4
export const AUTHENTICATE = 5
export const GOODBYE = 6
export const ERROR = 8
export const PUBLISH = 16
export const PUBLISHED = 17
export const SUBSCRIBE = 32
export const SUBSCRIBED = 33
export const UNSUBSCRIBE = 34
export const UNSUBSCRIBED = 35
export const EVENT = 36
export const CALL = 48
export const CANCEL = 49
export const RESULT = 50
export const REGISTER = 64
export const REGISTERED = 65
export const UNREGISTER = 66
export const UNREGISTERED = 67
export const INVOCATION = 68
export const INTERRUPT = 69
export const YIELD = 70

/** [HELLO, Realm|uri, Details|dict] */
export interface Hello {
  readonly type: typeof HELLO
  /** Empty where it was null, as it may be beside `Details.resume-session`: the realm is that of the session. */
  readonly realm: string
  readonly details: Dict
}
/** [WELCOME, Session|id, Details|dict] */
export interface Welcome {
  readonly type: typeof WELCOME
  readonly session: number
  readonly details: Dict
}
/** [ABORT, Details|dict, Reason|uri, Arguments|list?, ArgumentsKw|dict?] */
export interface Abort {
  readonly type: typeof ABORT
  readonly details: Dict
  readonly reason: string
  readonly payload: Payload
}
/** [CHALLENGE, AuthMethod|string, Extra|dict] */
export interface Challenge {
  readonly type: typeof CHALLENGE
  readonly method: string
  readonly extra: Dict
}
/** [AUTHENTICATE, Signature|string, Extra|dict] */
export interface Authenticate {
  readonly type: typeof AUTHENTICATE
  readonly signature: string
  readonly extra: Dict
}
/** [GOODBYE, Details|dict, Reason|uri] */
export interface Goodbye {
  readonly type: typeof GOODBYE
  readonly details: Dict
  readonly reason: string
}
/** [ERROR, REQUEST.Type|int, REQUEST.Request|id, Details|dict, Error|uri, Arguments|list?, ArgumentsKw|dict?] */
export interface ErrorMessage {
  readonly type: typeof ERROR
  readonly requestType: number
  readonly request: number
  readonly details: Dict
  readonly error: string
  readonly payload: Payload
}
/** [PUBLISH, Request|id, Options|dict, Topic|uri, Arguments|list?, ArgumentsKw|dict?] */
export interface Publish {
  readonly type: typeof PUBLISH
  readonly request: number
  readonly options: Dict
  readonly topic: string
  readonly payload: Payload
}
/** [PUBLISHED, PUBLISH.Request|id, Publication|id] */
export interface Published {
  readonly type: typeof PUBLISHED
  readonly request: number
  readonly publication: number
}
/** [SUBSCRIBE, Request|id, Options|dict, Topic|uri] */
export interface Subscribe {
  readonly type: typeof SUBSCRIBE
  readonly request: number
  readonly options: Dict
  readonly topic: string
}
/** [SUBSCRIBED, SUBSCRIBE.Request|id, Subscription|id] */
export interface Subscribed {
  readonly type: typeof SUBSCRIBED
  readonly request: number
  readonly subscription: number
}
/** [UNSUBSCRIBE, Request|id, SUBSCRIBED.Subscription|id] */
export interface Unsubscribe {
  readonly type: typeof UNSUBSCRIBE
  readonly request: number
  readonly subscription: number
}
/** [UNSUBSCRIBED, UNSUBSCRIBE.Request|id], or of a subscription that is revoked [UNSUBSCRIBED, 0, Details|dict] */
export interface Unsubscribed {
  readonly type: typeof UNSUBSCRIBED
  /** 0: nobody asked for it, the subscription was revoked. */
  readonly request: number
  /** Only beside request 0: `subscription|id`, and `reason|uri` where there is one. */
  readonly details?: Dict
}
/** [EVENT, SUBSCRIBED.Subscription|id, PUBLISHED.Publication|id, Details|dict, Arguments|list?, ArgumentsKw|dict?] */
export interface Event {
  readonly type: typeof EVENT
  readonly subscription: number
  readonly publication: number
  readonly details: Dict
  readonly payload: Payload
}
/** [CALL, Request|id, Options|dict, Procedure|uri, Arguments|list?, ArgumentsKw|dict?] */
export interface Call {
  readonly type: typeof CALL
  readonly request: number
  readonly options: Dict
  readonly procedure: string
  readonly payload: Payload
}
/** [CANCEL, CALL.Request|id, Options|dict] */
export interface Cancel {
  readonly type: typeof CANCEL
  readonly request: number
  readonly options: Dict
}
/** [RESULT, CALL.Request|id, Details|dict, Arguments|list?, ArgumentsKw|dict?] */
export interface Result {
  readonly type: typeof RESULT
  readonly request: number
  readonly details: Dict
  readonly payload: Payload
}
/** [REGISTER, Request|id, Options|dict, Procedure|uri] */
export interface Register {
  readonly type: typeof REGISTER
  readonly request: number
  readonly options: Dict
  readonly procedure: string
}
/** [REGISTERED, REGISTER.Request|id, Registration|id] */
export interface Registered {
  readonly type: typeof REGISTERED
  readonly request: number
  readonly registration: number
}
/** [UNREGISTER, Request|id, REGISTERED.Registration|id] */
export interface Unregister {
  readonly type: typeof UNREGISTER
  readonly request: number
  readonly registration: number
}
/** [UNREGISTERED, UNREGISTER.Request|id], or of a registration that is revoked [UNREGISTERED, 0, Details|dict] */
export interface Unregistered {
  readonly type: typeof UNREGISTERED
  /** 0: nobody asked for it, the registration was revoked. */
  readonly request: number
  /** Only beside request 0: `registration|id`, and `reason|uri` where there is one. */
  readonly details?: Dict
}
/** [INVOCATION, Request|id, REGISTERED.Registration|id, Details|dict, Arguments|list?, ArgumentsKw|dict?] */
export interface InvocationMessage {
  readonly type: typeof INVOCATION
  readonly request: number
  readonly registration: number
  readonly details: Dict
  /** Of `details`, where they go out again and again. */
  readonly constant?: Constant | undefined
  readonly payload: Payload
}
/** [INTERRUPT, INVOCATION.Request|id, Options|dict] */
export interface Interrupt {
  readonly type: typeof INTERRUPT
  readonly request: number
  readonly options: Dict
}
/** [YIELD, INVOCATION.Request|id, Options|dict, Arguments|list?, ArgumentsKw|dict?] */
export interface Yield {
  readonly type: typeof YIELD
  readonly request: number
  readonly options: Dict
  readonly payload: Payload
}

/** Any WAMP message, either direction. */
export type Message =
  | Hello
  | Welcome
  | Abort
  | Challenge
  | Authenticate
  | Goodbye
  | ErrorMessage
  | Publish
  | Published
  | Subscribe
  | Subscribed
  | Unsubscribe
  | Unsubscribed
  | Event
  | Call
  | Cancel
  | Result
  | Register
  | Registered
  | Unregister
  | Unregistered
  | InvocationMessage
  | Interrupt
  | Yield

/**
 * How many elements precede the payload (Arguments, ArgumentsKw) in a message of each type that carries one.
 * A type that is absent has no payload: its elements are all head.
 */
export const headLengths: ReadonlyMap<number, number> = new Map([
  [ABORT, 3],
  [ERROR, 5],
  [PUBLISH, 4],
  [EVENT, 4],
  [CALL, 4],
  [RESULT, 3],
  [INVOCATION, 4],
  [YIELD, 3],
])

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
  type Message,
} from '../../../router/wire/message.ts'
import { Payload } from '../../../router/wire/payload.ts'

/** One message in all its forms. */
export interface MessageForms {
  readonly title: string
  readonly message: Message
  readonly json: string
  /** Hexadecimal. */
  readonly msgpack: string
}

/** Every message type, as the bytes that are to be on the wire. */
export const messageTable: readonly MessageForms[] = [
  {
    title: 'HELLO',
    message: { type: HELLO, realm: 'realm1', details: { roles: { caller: {} } } },
    json: '[1,"realm1",{"roles":{"caller":{}}}]',
    msgpack: '9301a67265616c6d3181a5726f6c657381a663616c6c657280',
  },
  {
    title: 'WELCOME with the largest id',
    message: { type: WELCOME, session: 9007199254740992, details: { roles: {} } },
    json: '[2,9007199254740992,{"roles":{}}]',
    msgpack: '9302cf002000000000000081a5726f6c657380',
  },
  {
    title: 'ABORT without a payload',
    message: {
      type: ABORT,
      details: { message: 'no' },
      reason: 'wamp.error.no_such_realm',
      payload: Payload.empty,
    },
    json: '[3,{"message":"no"},"wamp.error.no_such_realm"]',
    msgpack: '930381a76d657373616765a26e6fb877616d702e6572726f722e6e6f5f737563685f7265616c6d',
  },
  {
    title: 'ABORT with Arguments and ArgumentsKw',
    message: {
      type: ABORT,
      details: {},
      reason: 'wamp.error.canceled',
      payload: Payload.of(['why'], { a: 1 }),
    },
    json: '[3,{},"wamp.error.canceled",["why"],{"a":1}]',
    msgpack: '950380b377616d702e6572726f722e63616e63656c656491a377687981a16101',
  },
  {
    title: 'CHALLENGE',
    message: { type: CHALLENGE, method: 'ticket', extra: {} },
    json: '[4,"ticket",{}]',
    msgpack: '9304a67469636b657480',
  },
  {
    title: 'AUTHENTICATE',
    message: { type: AUTHENTICATE, signature: 'secret', extra: {} },
    json: '[5,"secret",{}]',
    msgpack: '9305a673656372657480',
  },
  {
    title: 'GOODBYE',
    message: { type: GOODBYE, details: {}, reason: 'wamp.close.close_realm' },
    json: '[6,{},"wamp.close.close_realm"]',
    msgpack: '930680b677616d702e636c6f73652e636c6f73655f7265616c6d',
  },
  {
    title: 'ERROR without a payload',
    message: {
      type: ERROR,
      requestType: 48,
      request: 1,
      details: {},
      error: 'a.error.b',
      payload: Payload.empty,
    },
    json: '[8,48,1,{},"a.error.b"]',
    msgpack: '9508300180a9612e6572726f722e62',
  },
  {
    title: 'ERROR with Arguments and ArgumentsKw',
    message: {
      type: ERROR,
      requestType: 68,
      request: 70000,
      details: {},
      error: 'a.b',
      payload: Payload.of(['no'], { n: -1 }),
    },
    json: '[8,68,70000,{},"a.b",["no"],{"n":-1}]',
    msgpack: '970844ce0001117080a3612e6291a26e6f81a16eff',
  },
  {
    title: 'PUBLISH',
    message: {
      type: PUBLISH,
      request: 1,
      options: { acknowledge: true },
      topic: 'a.topic',
      payload: Payload.of([1, 'x']),
    },
    json: '[16,1,{"acknowledge":true},"a.topic",[1,"x"]]',
    msgpack: '95100181ab61636b6e6f776c65646765c3a7612e746f7069639201a178',
  },
  {
    title: 'PUBLISHED',
    message: { type: PUBLISHED, request: 1, publication: 4429313566 },
    json: '[17,1,4429313566]',
    msgpack: '931101cf000000010801f61e',
  },
  {
    title: 'SUBSCRIBE',
    message: { type: SUBSCRIBE, request: 2, options: { match: 'prefix' }, topic: 'a.' },
    json: '[32,2,{"match":"prefix"},"a."]',
    msgpack: '94200281a56d61746368a6707265666978a2612e',
  },
  {
    title: 'SUBSCRIBED',
    message: { type: SUBSCRIBED, request: 2, subscription: 300 },
    json: '[33,2,300]',
    msgpack: '932102cd012c',
  },
  {
    title: 'UNSUBSCRIBE',
    message: { type: UNSUBSCRIBE, request: 3, subscription: 300 },
    json: '[34,3,300]',
    msgpack: '932203cd012c',
  },
  {
    title: 'UNSUBSCRIBED',
    message: { type: UNSUBSCRIBED, request: 3 },
    json: '[35,3]',
    msgpack: '922303',
  },
  {
    title: 'EVENT',
    message: {
      type: EVENT,
      subscription: 300,
      publication: 4429313566,
      details: {},
      payload: Payload.of([true, null]),
    },
    json: '[36,300,4429313566,{},[true,null]]',
    msgpack: '9524cd012ccf000000010801f61e8092c3c0',
  },
  {
    title: 'CALL with ArgumentsKw and no Arguments',
    message: {
      type: CALL,
      request: 4,
      options: {},
      procedure: 'a.b',
      payload: Payload.of(undefined, { k: [] }),
    },
    json: '[48,4,{},"a.b",[],{"k":[]}]',
    msgpack: '96300480a3612e629081a16b90',
  },
  {
    title: 'CANCEL',
    message: { type: CANCEL, request: 4, options: { mode: 'kill' } },
    json: '[49,4,{"mode":"kill"}]',
    msgpack: '93310481a46d6f6465a46b696c6c',
  },
  {
    title: 'RESULT',
    message: { type: RESULT, request: 4, details: {}, payload: Payload.of([1.5]) },
    json: '[50,4,{},[1.5]]',
    msgpack: '9432048091cb3ff8000000000000',
  },
  {
    title: 'REGISTER',
    message: { type: REGISTER, request: 5, options: {}, procedure: 'lamp.switch' },
    json: '[64,5,{},"lamp.switch"]',
    msgpack: '94400580ab6c616d702e737769746368',
  },
  {
    title: 'REGISTERED',
    message: { type: REGISTERED, request: 5, registration: 65536 },
    json: '[65,5,65536]',
    msgpack: '934105ce00010000',
  },
  {
    title: 'UNREGISTER',
    message: { type: UNREGISTER, request: 6, registration: 65536 },
    json: '[66,6,65536]',
    msgpack: '934206ce00010000',
  },
  {
    title: 'UNREGISTERED',
    message: { type: UNREGISTERED, request: 6 },
    json: '[67,6]',
    msgpack: '924306',
  },
  {
    title: 'INVOCATION with empty Arguments',
    message: {
      type: INVOCATION,
      request: 7,
      registration: 65536,
      details: {},
      payload: Payload.of([]),
    },
    json: '[68,7,65536,{},[]]',
    msgpack: '954407ce000100008090',
  },
  {
    title: 'INTERRUPT',
    message: { type: INTERRUPT, request: 7, options: {} },
    json: '[69,7,{}]',
    msgpack: '93450780',
  },
  {
    title: 'YIELD',
    message: {
      type: YIELD,
      request: 7,
      options: { progress: true },
      payload: Payload.of(['on']),
    },
    json: '[70,7,{"progress":true},["on"]]',
    msgpack: '94460781a870726f6772657373c391a26f6e',
  },
]

import { violation } from './errors.ts'
import { found } from './found.ts'
import { isId } from './id.ts'
import {
  CALL,
  CANCEL,
  emptyDict,
  EVENT,
  INTERRUPT,
  INVOCATION,
  PUBLISH,
  REGISTER,
  RESULT,
  SUBSCRIBE,
  YIELD,
  type Dict,
} from './message.ts'

interface Rule {
  readonly allows: (value: unknown) => boolean
  /** Ends the sentence "it must be …". */
  readonly allowed: string
}

const boolean: Rule = { allows: (value) => typeof value === 'boolean', allowed: 'true or false' }
const string: Rule = { allows: (value) => typeof value === 'string', allowed: 'a string' }
/** The longest name of a key, scheme or shard, in UTF-16 units: the router keeps them. */
const maxNameLength = 1_024
const label: Rule = {
  allows: (value) => typeof value === 'string' && value.length <= maxNameLength,
  allowed: `a string of at most ${maxNameLength} characters`,
}
const id: Rule = { allows: isId, allowed: 'an id' }
const ids: Rule = {
  allows: (value) => Array.isArray(value) && value.every(isId),
  allowed: 'a list of ids',
}
const strings: Rule = {
  allows: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  allowed: 'a list of strings',
}
const milliseconds: Rule = {
  allows: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  allowed: 'an integer of 0 or more, in milliseconds',
}
const count: Rule = {
  allows: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 1,
  allowed: 'an integer of 1 or more',
}
const level: Rule = {
  allows: (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0,
  allowed: 'an integer of 0 or more',
}
const match: Rule = oneOf('exact', 'prefix', 'wildcard')
/** Payload passthru mode (rfc/text/advanced/payload_passthru_mode.md). */
const passthru = {
  ppt_scheme: label,
  ppt_serializer: label,
  ppt_cipher: label,
  ppt_keyid: label,
}

function oneOf(...words: string[]): Rule {
  return {
    allows: (value) => typeof value === 'string' && words.includes(value),
    allowed: `one of ${words.join(', ')}`,
  }
}

/** The options and details that have a meaning here, by message type. Others pass unread. */
const rules: ReadonlyMap<number, readonly (readonly [string, Rule])[]> = new Map(
  Object.entries({
    [PUBLISH]: {
      acknowledge: boolean,
      exclude_me: boolean,
      disclose_me: boolean,
      retain: boolean,
      exclude: ids,
      exclude_authid: strings,
      exclude_authrole: strings,
      eligible: ids,
      eligible_authid: strings,
      eligible_authrole: strings,
      rkey: label,
      ...passthru,
    },
    [SUBSCRIBE]: { match, get_retained: boolean, nkey: label },
    [EVENT]: {
      publisher: id,
      publisher_authid: string,
      publisher_authrole: string,
      topic: string,
      retained: boolean,
      trustlevel: level,
      ...passthru,
    },
    [CALL]: {
      receive_progress: boolean,
      progress: boolean,
      disclose_me: boolean,
      timeout: milliseconds,
      runmode: string,
      rkey: label,
      ...passthru,
    },
    // A mode that there is not is answered with ERROR by the dealer.
    [CANCEL]: { mode: string },
    [RESULT]: { progress: boolean, ...passthru },
    [REGISTER]: {
      match,
      // A policy that there is not is answered with ERROR by the dealer.
      invoke: string,
      disclose_caller: boolean,
      forward_timeout: boolean,
      force_reregister: boolean,
      concurrency: count,
    },
    [INVOCATION]: {
      receive_progress: boolean,
      progress: boolean,
      caller: id,
      caller_authid: string,
      caller_authrole: string,
      procedure: string,
      timeout: milliseconds,
      trustlevel: level,
      ...passthru,
    },
    [INTERRUPT]: { mode: string },
    [YIELD]: { progress: boolean, ...passthru },
  }).map(([type, known]) => [Number(type), Object.entries(known)]),
)

/** Of each type the options that passed last, if they can never change: see `KnownDicts`. */
const passed: (Dict | undefined)[] = []

/**
 * Checks the options or details of a message. An absent key and one whose value is `undefined` are the same.
 * @throws WampError `wamp.error.protocol_violation` that names the key
 */
export function checkOptions(type: number, options: Dict, name: string): void {
  if (options === emptyDict || options === passed[type]) return
  for (const [key, rule] of rules.get(type) ?? []) {
    const value = options[key]
    if (value !== undefined && !rule.allows(value)) {
      throw violation(`${name}.${key} is ${found(value)}, it must be ${rule.allowed}`)
    }
  }
  if (Object.isFrozen(options)) passed[type] = options
}

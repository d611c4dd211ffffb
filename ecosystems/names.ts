import { randomBytes } from 'node:crypto'
import { invalid } from './errors.ts'

/** Characters of an id. */
export const maxIdLength = 64
const idPattern = /^[a-z0-9_]+$/
const componentsPattern = /^\w+(\.\w+)*$/
const prefixPattern = /^[a-z0-9_]+(\.[a-z0-9_]+)*$/

/** A device's prefix has at most so many components, which bounds the search for a URI's owner. */
export const maxPrefixComponents = 8
const maxPrefixLength = 128
const maxUriLength = 256
const maxTextLength = 256

/** First components that belong to the protocol, to the product and to people. */
const reservedComponents: ReadonlySet<string> = new Set(['wamp', 'latchkey', 'user'])

/** An id that appears in URIs and as authid, so that strict clients (`\w` only) accept it. */
export function checkId(key: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > maxIdLength || !idPattern.test(value))
    throw invalid(key, value, '1 to 64 of a-z, 0-9 and _')
  return value
}

/** A name of a realm: a URI. */
export function checkRealm(key: string, value: unknown): string {
  const text = checkText(key, value)
  if (/[\s#]/.test(text)) throw invalid(key, value, 'a URI without space and #')
  return text
}

/** Text for people: not empty, of one line, bounded. */
export function checkText(key: string, value: unknown): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  const refused = /[\u0000-\u001f\u007f]/
  if (
    typeof value !== 'string' ||
    value.trim() === '' ||
    value.length > maxTextLength ||
    refused.test(value)
  )
    throw invalid(key, value, `1 to ${maxTextLength} characters without control characters`)
  return value
}

/** A prefix that a device may own. */
export function checkPrefix(key: string, value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > maxPrefixLength ||
    !prefixPattern.test(value) ||
    value.split('.').length > maxPrefixComponents
  )
    throw invalid(
      key,
      value,
      `up to ${maxPrefixComponents} components of a-z, 0-9 and _, ${maxPrefixLength} characters in all`,
    )
  const [first = ''] = value.split('.')
  if (reservedComponents.has(first))
    throw invalid(key, value, 'any first component but wamp, latchkey and user')
  return value
}

/** What follows a device's prefix and a dot. */
export function checkVerb(key: string, value: unknown): string {
  if (typeof value !== 'string' || value.length > maxUriLength || !componentsPattern.test(value))
    throw invalid(key, value, 'components of letters, digits and _, joined by dots')
  return value
}

/** A URI that `prefix` owns: itself or below it at a component boundary. */
export function checkUriUnder(prefix: string, key: string, value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > maxUriLength ||
    !componentsPattern.test(value) ||
    !(value === prefix || value.startsWith(`${prefix}.`))
  )
    throw invalid(key, value, `${prefix} or a URI below ${prefix}.`)
  return value
}

/**
 * A pattern to subscribe to that stays below `prefix`: it ends in a dot (match prefix) or has empty
 * components (match wildcard), so that it can be told from a topic.
 */
export function checkPatternUnder(prefix: string, key: string, value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > maxUriLength ||
    !/^\w*(\.\w*)+$/.test(value) ||
    !value.startsWith(`${prefix}.`)
  )
    throw invalid(key, value, `a pattern below ${prefix}.`)
  return value
}

/** What a policy is about: a URI, or what begins so, which ends in a dot so that `lamp` is not taken for `lamp2`. */
export function checkPolicyUri(key: string, value: unknown, match: 'exact' | 'prefix'): string {
  const pattern = match === 'exact' ? componentsPattern : /^(\w+\.)+$/
  if (typeof value !== 'string' || value.length > maxUriLength || !pattern.test(value))
    throw invalid(
      key,
      value,
      match === 'exact' ? 'a URI' : 'a beginning of URIs that ends in a dot',
    )
  return value
}

/** A procedure by which an integrator's component is asked: none of the protocol's, the product's or a person's. */
export function checkRuleProcedure(key: string, value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > maxUriLength ||
    !componentsPattern.test(value) ||
    isReserved(value)
  )
    throw invalid(key, value, 'a URI that is not under wamp, latchkey or user')
  return value
}

/** What a rule is about: a URI and all below it, what begins so up to a dot, or everything. */
export function checkScope(key: string, value: unknown): string {
  if (
    typeof value !== 'string' ||
    value.length > maxUriLength ||
    !/^(|(\w+\.)*\w+\.?)$/.test(value) ||
    isReserved(value)
  )
    throw invalid(key, value, 'a beginning of URIs that are not under wamp, latchkey or user')
  return value
}

function isReserved(uri: string): boolean {
  const [first = ''] = uri.split('.')
  return reservedComponents.has(first)
}

/** Whether a capability's URI names a pattern rather than one topic. */
export function isPattern(uri: string): boolean {
  return uri.endsWith('.') || uri.includes('..')
}

/** 1 is the highest level, larger is less. */
export function checkLevel(key: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 99)
    throw invalid(key, value, 'an integer from 1 (everything) to 99')
  return value
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** `characters` random characters of base32 in lower case, five bits each. */
export function randomName(characters: number): string {
  let name = ''
  for (const byte of randomBytes(characters)) name += alphabet[byte & 31]
  return name
}

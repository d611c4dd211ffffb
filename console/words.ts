import { CallError, JoinRefused, SessionLost } from '../clients/errors.ts'
import type { ApprovalNews, DiscoveredDevice } from '../realms/uris.ts'
import type { Given } from './consents.ts'

type State = Readonly<Record<string, unknown>>

/** What a device says of itself, as one would say it. */
export function stateInWords(state: State): string {
  const { on, playing, locked, open } = state
  if (typeof on === 'boolean') return on ? 'On' : 'Off'
  if (typeof locked === 'boolean') return locked ? 'Locked' : 'Unlocked'
  if (typeof open === 'boolean') return open ? 'Open' : 'Closed'
  if (typeof playing === 'string') return `Playing ${playing}`
  if (playing === null) return 'Nothing on'
  if (typeof playing === 'boolean') return playing ? 'Playing' : 'Paused'
  const facts = Object.entries(state).filter(([, value]) => typeof value !== 'object')
  return facts.map(([key, value]) => `${key.replaceAll('_', ' ')} ${String(value)}`).join(', ')
}

/** `lit`: at work. `ajar`: what should be shut is not. */
export function toneOf({ on, playing, locked, open }: State): 'lit' | 'ajar' | undefined {
  if (locked === false || open === true) return 'ajar'
  return on === true || (playing ?? false) !== false ? 'lit' : undefined
}

/** `door.unlock` as the label of a button. */
export function verbInWords(uri: string): string {
  const verb = (uri.split('.').at(-1) ?? uri).replaceAll('_', ' ')
  return verb.charAt(0).toUpperCase() + verb.slice(1)
}

/** What a device says it is called, or else its place in the names of the house. */
export function nameOf({ attributes, prefix }: DiscoveredDevice): string {
  const { name } = attributes
  return typeof name === 'string' && name !== '' ? name : verbInWords(prefix)
}

/** Whether it was refused because the sign-in is too long ago. */
export function asksToSignInAgain(error: unknown): boolean {
  return cureOf(error) === 'insufficient_user_authentication'
}

/** Whether the owner was asked, and the answer is yet to come. */
export function waitsForOwner(error: unknown): boolean {
  return cureOf(error) === 'request_submitted'
}

/** What a denial says would help, in the words of OAuth and UMA. */
function cureOf(error: unknown): unknown {
  return error instanceof CallError && error.uri === 'wamp.error.authorization_required'
    ? error.kwargs['error']
    : undefined
}

/** Whether it can be allowed for once: whoever listens is never done. */
export function canBeUsedUp({ action }: Pick<ApprovalNews, 'action'>): boolean {
  return action !== 'subscribe'
}

/** What somebody was given, as one would say it. */
export function givenInWords(given: Given): string {
  const { level, effect, uri, device, expires_at: end, schedule, uses, used, state } = given
  const object = uri ?? (device === null ? '' : `all of ${device}`)
  const what = {
    level: object === '' ? `level ${level}` : `level ${level}, only ${object}`,
    allow: object === '' ? 'everything' : object,
    deny: `not ${object === '' ? 'anything' : object}`,
  }[effect]
  const counted = Object.entries(uses ?? {}).map(
    ([name, most]) => `${name === '*' ? 'all' : name} ${used?.[name] ?? 0} of ${most} times`,
  )
  const isAsked = given.source === 'approval' || given.source === 'share'
  return [
    isAsked && uri !== null ? uri : what,
    ...(given.actions === null ? [] : [`to ${given.actions.join(', ')}`]),
    ...(schedule === null ? [] : [schedule]),
    ...(end === null ? [] : [`until ${timeInWords(end)}`]),
    ...counted,
    ...(given.purpose === null ? [] : [`for ${given.purpose}`]),
    ...(state === 'in_force' ? [] : ['not now']),
  ].join(' · ')
}

function timeInWords(at: number): string {
  const parts = { dateStyle: 'medium', timeStyle: 'short' } as const
  return new Date(at).toLocaleString(undefined, parts)
}

const errors: Readonly<Record<string, string>> = {
  'wamp.error.not_authorized': 'You may not do this.',
  'wamp.error.authorization_denied': 'You may not do this.',
  'wamp.error.authorization_failed': 'Whether you may do this could not be decided. Try it later.',
  'wamp.error.no_such_procedure': 'The device is not connected at the moment.',
  'wamp.error.network_failure': 'The device is too busy at the moment.',
  'wamp.error.canceled': 'The device went away before it answered.',
  'wamp.error.timeout': 'The device did not answer in time.',
  'latchkey.error.invalid_state':
    'This takes a second proof that it is you. Add a passkey below, or open the program of your watch.',
  'wamp.error.authentication_denied': 'This house does not let you in with this account.',
}

/** What went wrong, for somebody who does not know what WAMP is. */
export function errorInWords(error: unknown): string {
  if (error instanceof SessionLost) return 'The connection was lost. Look before you try again.'
  if (error instanceof CallError || error instanceof JoinRefused) {
    if (asksToSignInAgain(error)) return 'This takes a stronger proof that it is you.'
    if (waitsForOwner(error)) return 'The owner has been asked, and has not answered yet.'
    if (cureOf(error) === 'request_denied') return 'The owner has said no to this.'
    const known = errors[error.uri]
    if (known !== undefined) return known
  }
  return `That did not work: ${error instanceof Error ? error.message : String(error)}`
}

import { CallError, JoinRefused, SessionLost } from '../clients/errors.ts'
import type { DiscoveredDevice } from '../realms/uris.ts'

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
  return (
    error instanceof CallError &&
    error.uri === 'wamp.error.authorization_required' &&
    error.kwargs['error'] === 'insufficient_user_authentication'
  )
}

const errors: Readonly<Record<string, string>> = {
  'wamp.error.not_authorized': 'You may not do this.',
  'wamp.error.authorization_denied': 'You may not do this.',
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
    const known = errors[error.uri]
    if (known !== undefined) return known
  }
  return `That did not work: ${error instanceof Error ? error.message : String(error)}`
}

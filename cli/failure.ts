import { CallError, JoinRefused, SessionLost } from '../clients/errors.ts'
import { ConfigError } from '../config.ts'
import { DataFolderError } from '../data-folder.ts'
import { jsonLine, visible, type Terminal } from './terminal.ts'

/** What the process ends with. */
export const exitCodes = { ok: 0, denied: 1, error: 2 } as const

/** Why a command did not do what was asked, in words for people and with a URI for programs. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly uri: string
  /** Of a denial: what `latchkey authz explain` takes. */
  readonly decisionId: string | undefined

  constructor(
    uri: string,
    message: string,
    { decisionId, ...options }: ErrorOptions & { readonly decisionId?: string | undefined } = {},
  ) {
    super(message, options)
    this.uri = uri
    this.decisionId = decisionId
  }

  get exitCode(): number {
    return isDenial(this.uri) ? exitCodes.denied : exitCodes.error
  }
}

/** The command worked and the answer is no. It has been printed; nothing more is to be said. */
export class AnswerIsNo extends Error {
  override readonly name = 'AnswerIsNo'
}

/** The command itself was given wrongly. */
export function usage(message: string): Failure {
  return new Failure('wamp.error.invalid_argument', message)
}

/** Whether the answer was "you may not", as against "that did not work". */
export function isDenial(uri: string): boolean {
  return (
    uri.endsWith('.not_authorized') ||
    uri.endsWith('.authentication_denied') ||
    uri.startsWith('wamp.error.authorization_')
  )
}

/** Any failure, as one to be reported. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof CallError || error instanceof JoinRefused)
    return new Failure(error.uri, messageOf(error), { cause: error })
  if (error instanceof SessionLost)
    return new Failure('wamp.error.network_failure', `the session ended: ${error.reason}`, {
      cause: error,
    })
  if (error instanceof ConfigError || error instanceof DataFolderError)
    return new Failure('wamp.error.invalid_argument', error.message, { cause: error })
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('wamp.error.runtime_error', message, { cause: error })
}

/** Those errors begin with their URI, which is reported apart. */
function messageOf(error: CallError | JoinRefused): string {
  const text = error.message.startsWith(`${error.uri}: `)
    ? error.message.slice(error.uri.length + 2)
    : ''
  return text === '' ? (plainWords[error.uri] ?? 'the router refused') : text
}

const plainWords: Readonly<Record<string, string>> = {
  'wamp.error.not_authorized': 'not allowed',
  'wamp.error.no_such_procedure': 'nobody offers this procedure now',
  'wamp.error.no_such_realm': 'the router has no such realm',
  'wamp.error.authentication_denied': 'the proof of identity is not good',
  'wamp.error.authentication_failed': 'the proof of identity could not be checked',
  'wamp.error.authorization_failed': 'whether this is allowed could not be decided',
  'wamp.error.authorization_required': 'more proof is needed',
  'wamp.error.canceled': 'the call was canceled',
  'wamp.error.network_failure': 'who offers this cannot be reached now',
  'wamp.error.runtime_error': 'who offers this failed',
  'wamp.error.unavailable': 'this cannot be done now',
}

/** Reports a failure on stderr: one sentence, and of a denial by what to ask why; or one JSON object. */
export function report(failure: Failure, json: boolean, terminal: Terminal): void {
  const { uri, message, decisionId } = failure
  const named = decisionId === undefined ? {} : { decision_id: decisionId }
  terminal.err(json ? jsonLine({ error: uri, message, ...named }) : visible(`${uri}: ${message}`))
  if (!json && decisionId !== undefined)
    terminal.err(visible(`why: latchkey authz explain ${decisionId}`))
}

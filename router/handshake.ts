import type {
  Attempt,
  AuthenticationStep,
  Authenticator,
  ChallengeRequest,
  JoinRequest,
  Principal,
} from './access.ts'
import { transportAuth } from './transport-auth.ts'
import { WampError } from './wire/errors.ts'
import { emptyDict, isDict, type Authenticate, type Dict, type Hello } from './wire/message.ts'

/** What a join has led to so far. */
export type HandshakeStep =
  | { readonly outcome: 'challenge'; readonly method: string; readonly extra: Dict }
  | { readonly outcome: 'welcome'; readonly principal: Principal }
  | {
      readonly outcome: 'abort'
      readonly reason: string
      readonly message: string
      /** More for ABORT.Details. */
      readonly details?: Dict
      /** What broke in a method, and which: for the log alone. */
      readonly error?: unknown
      readonly method?: string
    }

/**
 * From HELLO to WELCOME or ABORT: picks the method and plays its rounds. Knows no transport and sends nothing.
 * Whatever an authenticator throws refuses the join.
 */
export class Handshake {
  readonly #authenticators: readonly Authenticator[]
  readonly #attempt: Attempt
  readonly #request: JoinRequest
  readonly #offered: readonly string[] | undefined
  #pending: { readonly method: Authenticator; readonly challenge: ChallengeRequest } | undefined

  constructor(hello: Hello, authenticators: readonly Authenticator[], attempt: Attempt) {
    const { details } = hello
    const { authid, authextra, authmethods } = details
    this.#authenticators = authenticators
    this.#attempt = attempt
    this.#request = {
      realm: hello.realm,
      authid: typeof authid === 'string' ? authid : undefined,
      authextra: isDict(authextra) ? authextra : emptyDict,
      details: { ...details, transport: { auth: transportAuth(attempt.peer) } },
    }
    this.#offered = Array.isArray(authmethods)
      ? authmethods.filter((method): method is string => typeof method === 'string')
      : undefined
  }

  /** Answers HELLO. */
  begin(): HandshakeStep | Promise<HandshakeStep> {
    const method = this.#pick()
    if (method === undefined) {
      return this.#offered === undefined || this.#offered.length === 0
        ? abort('wamp.error.authentication_required', 'this realm asks for authentication')
        : abort('wamp.error.no_matching_auth_method', 'no authentication method in common')
    }
    return this.#run(method, () => method.begin(this.#request, this.#attempt))
  }

  /** Methods that need no asking first, then the client's own order; unknown names are skipped. */
  #pick(): Authenticator | undefined {
    const accepts = (candidate: Authenticator): boolean =>
      candidate.accepts?.(this.#request, this.#attempt) ?? true
    const unasked = this.#authenticators.find(
      (candidate) => candidate.unasked && accepts(candidate),
    )
    if (unasked !== undefined) return unasked
    for (const name of this.#offered?.length ? this.#offered : ['anonymous']) {
      const found = this.#authenticators.find(
        (candidate) => candidate.method === name && accepts(candidate),
      )
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Answers AUTHENTICATE. An answer to no challenge is a violation that the caller of this sees as such. */
  answer(message: Authenticate): HandshakeStep | Promise<HandshakeStep> | undefined {
    const pending = this.#pending
    if (pending === undefined) return undefined
    // A challenge is answered once: a second AUTHENTICATE finds none.
    this.#pending = undefined
    const { method, challenge } = pending
    return this.#run(method, () => {
      if (method.verify === undefined)
        throw new Error(`${method.method} challenges but cannot verify`)
      return method.verify(message, challenge, this.#request, this.#attempt)
    })
  }

  #run(
    method: Authenticator,
    step: () => AuthenticationStep | Promise<AuthenticationStep>,
  ): HandshakeStep | Promise<HandshakeStep> {
    try {
      const result = step()
      if (!(result instanceof Promise)) return this.#taken(method, result)
      return result
        .then((taken) => this.#taken(method, taken))
        .catch((error: unknown) => refused(error, method))
    } catch (error) {
      return refused(error, method)
    }
  }

  #taken(method: Authenticator, step: AuthenticationStep): HandshakeStep {
    if (!('challenge' in step)) return { outcome: 'welcome', principal: step }
    this.#pending = { method, challenge: step }
    return { outcome: 'challenge', method: step.method ?? method.method, extra: step.extra }
  }
}

function refused(error: unknown, { method }: Authenticator): HandshakeStep {
  if (error instanceof WampError) {
    const { details } = error
    return { ...abort(error.uri, error.message), ...(details !== undefined && { details }) }
  }
  const step = abort('wamp.error.authentication_failed', 'the proof could not be checked')
  return { ...step, error, method }
}

function abort(reason: string, message: string) {
  return { outcome: 'abort', reason, message } as const
}

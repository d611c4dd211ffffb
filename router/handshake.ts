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

/** What a client wants that names no method. */
const unnamed: readonly string[] = ['anonymous']

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

/** HELLO of one join. What few authenticators look at is made when they do. */
class HelloRequest implements JoinRequest {
  readonly #hello: Hello
  readonly #attempt: Attempt
  #details: Dict | undefined

  constructor(hello: Hello, attempt: Attempt) {
    this.#hello = hello
    this.#attempt = attempt
  }

  get realm(): string {
    return this.#hello.realm
  }

  get authid(): string | undefined {
    const { authid } = this.#hello.details
    return typeof authid === 'string' ? authid : undefined
  }

  get authextra(): Dict {
    const { authextra } = this.#hello.details
    return isDict(authextra) ? authextra : emptyDict
  }

  get details(): Dict {
    return (this.#details ??= {
      ...this.#hello.details,
      transport: { auth: transportAuth(this.#attempt.peer) },
    })
  }

  /** HELLO.Details.authmethods, in the client's order. `undefined`: it is no list. */
  get authmethods(): readonly string[] | undefined {
    const { authmethods } = this.#hello.details
    if (!Array.isArray(authmethods)) return undefined
    return authmethods.filter((method): method is string => typeof method === 'string')
  }
}

/**
 * From HELLO to WELCOME or ABORT: picks the method and plays its rounds. Knows no transport and sends nothing.
 * Whatever an authenticator throws refuses the join.
 */
export class Handshake {
  readonly #authenticators: readonly Authenticator[]
  readonly #attempt: Attempt
  readonly #request: HelloRequest
  #pending: { readonly method: Authenticator; readonly challenge: ChallengeRequest } | undefined

  constructor(hello: Hello, authenticators: readonly Authenticator[], attempt: Attempt) {
    this.#authenticators = authenticators
    this.#attempt = attempt
    this.#request = new HelloRequest(hello, attempt)
  }

  /** Answers HELLO. */
  begin(): HandshakeStep | Promise<HandshakeStep> {
    const offered = this.#request.authmethods ?? []
    const method = this.#pick(offered)
    if (method === undefined) {
      return offered.length === 0
        ? abort('wamp.error.authentication_required', 'this realm asks for authentication')
        : abort('wamp.error.no_matching_auth_method', 'no authentication method in common')
    }
    return this.#run(method, () => method.begin(this.#request, this.#attempt))
  }

  /** Methods that need no asking first, then the client's own order; unknown names are skipped. */
  #pick(offered: readonly string[]): Authenticator | undefined {
    for (const candidate of this.#authenticators) {
      if (candidate.unasked === true && this.#isAccepted(candidate)) return candidate
    }
    for (const name of offered.length > 0 ? offered : unnamed) {
      for (const candidate of this.#authenticators) {
        if (candidate.method === name && this.#isAccepted(candidate)) return candidate
      }
    }
    return undefined
  }

  #isAccepted(candidate: Authenticator): boolean {
    return candidate.accepts?.(this.#request, this.#attempt) ?? true
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

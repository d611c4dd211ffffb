import type {
  AccessRequest,
  Action,
  Authorizer,
  Decision,
  EpochCounter,
  Epochs,
  Principal,
} from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import { isDict, type Dict } from '../router/wire/message.ts'
import type { PayloadValues } from '../router/wire/payload.ts'
import { isNamedUnder } from './reserved-names.ts'
import { validationKeys, type SchemaNames, type Schemas } from './schemas.ts'
import { traced, type Trail } from './trace.ts'

/** What an authorizer procedure is asked with: who, on which URI, which action, with which options. */
export type AuthorizerQuestion = readonly [
  details: Dict,
  uri: string,
  action: Action,
  options: Dict,
]

export interface DynamicOptions {
  /** Exact URI of the procedure that decides. */
  readonly procedure: string
  /** Exact URI of the procedure by which the authorizer says that rights have changed. */
  readonly flush: string
  /** The authrole of the component that offers it: the only one that can. */
  readonly role: string
  /** The authroles about whose actions it is asked. */
  readonly decides: ReadonlySet<string>
  /**
   * Calls the procedure with what `question` returns when it is its turn. Rejects when it cannot be asked, or not in
   * time; with NotAsked where that says nothing of the component.
   */
  readonly ask: (
    question: () => AuthorizerQuestion,
    asker: AccessRequest['asker'],
  ) => Promise<PayloadValues>
  /** Those that an answer can name. */
  readonly schemas: Schemas
  /** Who is in the realm, to find those whose rights have changed. */
  readonly principals: () => Iterable<Principal>
  readonly trail?: Trail
  readonly log?: EngineLog
}

/** There was no room for a question, or nobody waited for its answer any more. */
export class NotAsked extends Error {}

interface Counter extends EpochCounter {
  value: number
}

/** It could not be decided, which is no permission. */
const failed: Decision = { allow: false, reason: 'wamp.error.authorization_failed' }

const denials: ReadonlySet<unknown> = new Set([
  'wamp.error.not_authorized',
  'wamp.error.authorization_denied',
  'wamp.error.authorization_required',
])

const answerKeys: ReadonlySet<string> = new Set([
  'allow',
  'disclose',
  'cache',
  'validate',
  'trustlevel',
  'reason',
  'details',
])

/**
 * Decides by asking a component of the integrator's (rfc/text/advanced/authorization.md). It is asked about the
 * actions of some roles only, never of its own, and never about the router's own names: so it is never asked
 * whether it may answer.
 *
 * What it says of SUBSCRIBE and REGISTER holds for as long as the subscription or registration does; of CALL and
 * PUBLISH, where it says `cache`. All of that falls when it says that rights have changed, and when it leaves.
 */
export class DynamicAuthorizer {
  readonly #options: DynamicOptions
  /** Moves with each change of rights. */
  readonly #root: Counter = { value: 0 }
  readonly #everybody: Counter = { value: 0 }
  readonly #single = new WeakMap<Principal, Counter>()
  #failing = false

  constructor(options: DynamicOptions) {
    this.#options = options
  }

  /** Has no opinion on who is not in its charge. */
  readonly authorize: Authorizer = (request) => {
    const { procedure, flush, role, decides } = this.#options
    const { principal, action, uri, match } = request
    if (principal.kind === 'service') return undefined
    if (match === 'exact' && (uri === procedure || uri === flush)) {
      const own = principal.kind === 'component' && principal.authrole === role
      if (own && action === (uri === flush ? 'call' : 'register')) return this.#ownRight(principal)
      // Who could offer these would decide, and who could call `flush` would make others wait.
      if (action === 'register' || uri === flush) return foreign(principal)
    }
    if (!decides.has(principal.authrole)) return undefined
    if (principal.kind !== 'component' && principal.kind !== 'anonymous') return undefined
    if (isNamedUnder(uri, 'latchkey') || isNamedUnder(uri, 'wamp')) return undefined
    return this.#ask(request)
  }

  #ownRight({ expiresAt = Infinity }: Principal): Decision {
    return { allow: true, disclose: true, until: expiresAt }
  }

  /**
   * Rights have changed: from now on nothing is used that was answered before.
   * @param authid whose rights; absent: everybody's
   */
  flush(authid?: string): void {
    this.#root.value++
    if (authid === undefined) {
      this.#everybody.value++
      return
    }
    for (const principal of this.#options.principals()) {
      const counter = this.#single.get(principal)
      if (counter !== undefined && principal.authid === authid) counter.value++
    }
  }

  async #ask(request: AccessRequest): Promise<Decision> {
    const { principal, uri, action, match } = request
    // Asked anew about what a session has there are no options: a pattern is not to pass for a name.
    const options = match === 'exact' ? request.options : { ...request.options, match }
    let epochs = this.#epochs(principal)
    const question = (): AuthorizerQuestion => {
      // As of before the question: what changes while it is asked makes the answer one about the past.
      epochs = this.#epochs(principal)
      return [detailsOf(request), uri, action, options]
    }
    try {
      const values = await this.#options.ask(question, request.asker)
      const decision = this.#read(values, request, epochs)
      if (this.#failing) this.#log('info', 'the authorizer answers again', {})
      this.#failing = false
      return decision
    } catch (error) {
      if (error instanceof NotAsked) return failed
      if (!this.#failing) this.#log('error', 'the authorizer does not answer; denied', { error })
      this.#failing = true
      return failed
    }
  }

  #log(level: 'info' | 'error', message: string, details: object): void {
    const { log, procedure } = this.#options
    log?.(level, message, { ...details, procedure })
  }

  #epochs(principal: Principal): Epochs {
    let single = this.#single.get(principal)
    if (single === undefined) this.#single.set(principal, (single = { value: 0 }))
    const parts = [this.#everybody, single].map((counter) => ({ counter, seen: counter.value }))
    return { root: this.#root, parts }
  }

  /** Fails closed: what is not understood might be a restriction. */
  #read({ args = [] }: PayloadValues, request: AccessRequest, epochs: Epochs): Decision {
    const [answer] = args
    const { allow, ...more } = isDict(answer) ? answer : { allow: answer }
    for (const key of Object.keys(more)) {
      if (!answerKeys.has(key)) throw new Error(`the authorizer's answer has an unknown key ${key}`)
    }
    const { action, principal } = request
    const allowed = isDict(allow) ? allow[action] : allow
    if (typeof allowed !== 'boolean') throw wrong('allow', 'true, false, or one of them by action')
    const keeping =
      flag(more, 'cache') === true || action === 'subscribe' || action === 'register'
        ? { until: principal.expiresAt ?? Infinity, epochs }
        : {}
    if (!allowed) return this.#denial(more, request, keeping)
    const disclose = disclosure(more['disclose'], action)
    const trustlevel = trust(more['trustlevel'])
    const names = schemaNames(more['validate'])
    return {
      allow: true,
      ...keeping,
      ...(disclose !== undefined && { disclose }),
      ...(trustlevel !== undefined && { trustlevel }),
      ...(names !== undefined && { validate: this.#options.schemas.validation(names) }),
    }
  }

  #denial(more: Dict, request: AccessRequest, keeping: Partial<Decision>): Decision {
    const { reason = 'wamp.error.not_authorized', details } = more
    if (!denials.has(reason)) throw wrong('reason', [...denials].join(', '))
    if (details !== undefined && !isDict(details)) throw wrong('details', 'a dictionary')
    const denial: Decision = {
      allow: false,
      reason: reason as string,
      ...keeping,
      ...(details !== undefined && { details }),
    }
    const { trail } = this.#options
    if (trail === undefined) return denial
    return traced(denial, request, trail, { outcome: 'deny', reason: 'dynamic', details: {} })
  }
}

function foreign({ expiresAt = Infinity }: Principal): Decision {
  return { allow: false, reason: 'wamp.error.not_authorized', until: expiresAt }
}

/** The session as the authorizer sees it; by the names of the session meta API. */
function detailsOf({ realm, session, principal }: AccessRequest): Dict {
  const { authid, authrole, authmethod, authprovider, authextra } = principal
  return {
    realm,
    session,
    authid,
    authrole,
    authmethod,
    authprovider,
    ...(authextra !== undefined && { authextra }),
  }
}

function wrong(key: string, allowed: string): Error {
  return new Error(`${key} of the authorizer's answer is not allowed so, allowed is ${allowed}`)
}

function flag(more: Dict, key: string): boolean | undefined {
  const value = more[key] ?? undefined
  if (value !== undefined && typeof value !== 'boolean') throw wrong(key, 'true or false')
  return value
}

/** One word for all, or one for callers and one for publishers. */
function disclosure(value: unknown, action: Action): boolean | undefined {
  if (!isDict(value)) return flag({ disclose: value }, 'disclose')
  return flag(value, action === 'publish' || action === 'subscribe' ? 'publisher' : 'caller')
}

function trust(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw wrong('trustlevel', 'a whole number from 0')
  }
  return value
}

/** By the keys that the specification's catalogue has for them. */
function schemaNames(value: unknown): SchemaNames | undefined {
  if (value === undefined || value === null) return undefined
  const allowed = `a dictionary of names under ${Object.keys(validationKeys).join(', ')}`
  if (!isDict(value)) throw wrong('validate', allowed)
  const names: Record<string, string> = {}
  for (const [key, name] of Object.entries(value)) {
    const known = validationKeys[key]
    if (known === undefined || typeof name !== 'string') throw wrong('validate', allowed)
    names[known] = name
  }
  return names
}

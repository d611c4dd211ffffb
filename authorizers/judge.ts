import { Epoch } from '../ecosystems/epochs.ts'
import type {
  AccessRequest,
  Action,
  Decision,
  EpochCounter,
  Epochs,
  Principal,
} from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import { isDict, type Dict } from '../router/wire/message.ts'
import type { PayloadValues } from '../router/wire/payload.ts'
import { validationKeys, type SchemaNames, type Schemas } from './schemas.ts'

/** What an authorizer procedure is asked with: who, on which URI, which action, with which options. */
export type AuthorizerQuestion = readonly [
  details: Dict,
  uri: string,
  action: Action,
  options: Dict,
]

export interface JudgeOptions {
  /** Exact URI of the procedure that decides. */
  readonly procedure: string
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
  /** What is to move with each change of rights. Absent: one of its own. */
  readonly root?: EpochCounter & { move(): void }
  readonly log?: EngineLog
}

/** There was no room for a question, or nobody waited for its answer any more. */
export class NotAsked extends Error {}

/** What a component said, or why that is not known. */
export interface Verdict {
  readonly decision: Decision
  /** What kept it from being decided, in which case it is denied. */
  readonly problem?: string
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
 * A component of the integrator's that says whether something may be done
 * (rfc/text/advanced/authorization.md). What it says of SUBSCRIBE and REGISTER holds for as long as the subscription
 * or registration does; of CALL and PUBLISH, where it says `cache`. All of that falls when it says that rights have
 * changed, and when it leaves.
 */
export class Judge {
  readonly #options: JudgeOptions
  /** Moves with each change of rights. */
  readonly #root: EpochCounter & { move(): void }
  readonly #everybody = new Epoch()
  readonly #single = new WeakMap<Principal, Epoch>()
  #failing = false

  constructor(options: JudgeOptions) {
    this.#options = options
    this.#root = options.root ?? new Epoch()
  }

  /**
   * Rights have changed: from now on nothing is used that was answered before.
   * @param authid whose rights; absent: everybody's
   */
  flush(authid?: string): void {
    this.#root.move()
    if (authid === undefined) return this.#everybody.move()
    for (const principal of this.#options.principals())
      if (principal.authid === authid) this.#single.get(principal)?.move()
  }

  /** Never rejects. */
  async ask(request: AccessRequest): Promise<Verdict> {
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
      return { decision }
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      if (error instanceof NotAsked) return { decision: failed, problem }
      if (!this.#failing) this.#log('error', 'the authorizer does not answer; denied', { error })
      this.#failing = true
      return { decision: failed, problem }
    }
  }

  #log(level: 'info' | 'error', message: string, details: object): void {
    const { log, procedure } = this.#options
    log?.(level, message, { ...details, procedure })
  }

  #epochs(principal: Principal): Epochs {
    let single = this.#single.get(principal)
    if (single === undefined) this.#single.set(principal, (single = new Epoch()))
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
    if (!allowed) return { ...denial(more), ...keeping }
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
}

function denial({ reason = 'wamp.error.not_authorized', details }: Dict): Decision {
  if (!denials.has(reason)) throw wrong('reason', [...denials].join(', '))
  if (details !== undefined && !isDict(details)) throw wrong('details', 'a dictionary')
  return { allow: false, reason: reason as string, ...(details !== undefined && { details }) }
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

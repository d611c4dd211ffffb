import type { Clock } from '../clock.ts'
import type { Decision, Match } from './access.ts'
import { attributesOf } from './attributes.ts'
import type { Claim, Claims } from './claims.ts'
import { withDeadline } from './deadline.ts'
import { Endpoint } from './endpoint.ts'
import { EndpointRight, type RightContext } from './endpoint-right.ts'
import type { Gate } from './gate.ts'
import { invokePolicies, isInvokePolicy, type InvokePolicy } from './invoke-policies.ts'
import type { Limits } from './limits.ts'
import type { EngineLog } from './log.ts'
import type { RegistrationObserver } from './observers.ts'
import type { Peer } from './peer.ts'
import { Registration } from './registration.ts'
import { Registrations } from './registrations.ts'
import { replyDenied, replyError } from './replies.ts'
import { found } from './wire/found.ts'
import { Sequence } from './wire/id.ts'
import {
  REGISTER,
  REGISTERED,
  UNREGISTER,
  UNREGISTERED,
  type Dict,
  type Register,
  type Unregister,
} from './wire/message.ts'
import { checkUri, isReserved } from './wire/uri.ts'

/** What a registrar needs of the place it lives in. */
export interface RegistrarContext {
  readonly gate: Gate
  readonly strictUris: boolean
  readonly claims: Claims
  readonly reservedRoots: readonly string[]
  readonly clock: Clock
  readonly limits: Limits
  readonly log: EngineLog
  /** A registration has one endpoint more, or one less: calls that wait for it may go on, or can no more. */
  readonly changed: (registration: Registration) => void
  /** A callee's right to a registration was withdrawn: what it was asked by it is not to be waited for. */
  readonly fallen: (registration: Registration, callee: Peer, right: EndpointRight) => void
}

/** A REGISTER that was found good and waits for its claim. */
interface Wanted {
  readonly callee: Peer
  readonly request: number
  readonly claim: Claim
  readonly options: Dict
  /** By which it is allowed. */
  readonly decision: Decision
}

/** Which claims of one procedure are under way. */
interface Claiming {
  readonly invoke: InvokePolicy
  readonly callees: Set<Peer>
}

/** REGISTER and UNREGISTER: who offers which procedure. */
export class Registrar {
  readonly registrations: Registrations
  readonly #context: RegistrarContext
  readonly #ids = new Sequence()
  readonly #orders = new Sequence()
  /** Claims under way, by match policy and procedure. */
  readonly #claiming = new Map<string, Claiming>()
  readonly #observers: RegistrationObserver[] = []
  readonly #rights: RightContext

  constructor(context: RegistrarContext) {
    this.#context = context
    this.registrations = new Registrations(context.reservedRoots)
    const { gate, changed, fallen } = context
    this.#rights = {
      gate,
      known: changed,
      withdrawn: (registration, callee, right) => {
        if (registration.callees.get(callee)?.right !== right) return
        fallen(registration, callee, right)
        // Others would not understand it: theirs stays, and works again when the right comes back.
        if (!callee.features.has('callee.registration_revocation')) return
        this.revoke(registration, callee, 'no longer authorized')
      },
    }
  }

  /** Looks at once whether a callee may still offer what it does. */
  reassess(callee: Peer): void {
    const now = this.#context.clock.now()
    for (const { callees } of callee.ledger.registrations.values())
      callees.get(callee)?.right.lack(now)
  }

  observe(observer: RegistrationObserver): void {
    this.#observers.push(observer)
  }

  /** REGISTER. The right comes before the look: a denied peer does not learn what is registered. */
  register(callee: Peer, message: Register): void | Promise<void> {
    const { procedure, request, options } = message
    const { gate, strictUris } = this.#context
    const match = (options['match'] as Match | undefined) ?? 'exact'
    const fault = checkUri(procedure, { strict: strictUris, match })
    if (fault !== undefined || isReserved(procedure)) {
      const reason = fault ?? 'the first component "wamp" is reserved'
      return replyError(callee, REGISTER, request, 'wamp.error.invalid_uri', reason)
    }
    const decision = gate.decide(callee, 'register', procedure, match, options)
    if (decision instanceof Promise) {
      return decision.then((decided) => this.#decided(callee, message, match, decided))
    }
    this.#decided(callee, message, match, decision)
  }

  #decided(
    callee: Peer,
    { procedure, request, options }: Register,
    match: Match,
    decision: Decision,
  ): void {
    if (callee.gone) return
    const { gate, limits } = this.#context
    gate.applied(callee, 'register', procedure, decision)
    if (!decision.allow) return replyDenied(callee, REGISTER, request, decision)
    const { invoke = 'single' } = options
    if (!isInvokePolicy(invoke)) {
      const text = `REGISTER.Options.invoke is ${found(invoke)}, it must be one of ${invokePolicies.join(', ')}`
      return replyError(callee, REGISTER, request, 'wamp.error.invalid_argument', text)
    }
    if (options['disclose_caller'] === true && decision.disclose === false) {
      return replyError(callee, REGISTER, request, 'wamp.error.option_disallowed.disclose_me')
    }
    const force = options['force_reregister'] === true
    const claim = { procedure, match, invoke, ...(force && { force }) }
    this.#evictFallen(match, procedure)
    const taken = this.#taken(callee, claim)
    if (taken !== undefined) {
      return replyError(callee, REGISTER, request, 'wamp.error.procedure_already_exists', taken)
    }
    const { ledger } = callee
    if (ledger.registrations.size + ledger.claims >= limits.registrations) {
      const text = `more than ${limits.registrations} registrations in one session`
      return replyError(callee, REGISTER, request, 'wamp.error.unavailable', text)
    }
    this.#claim({ callee, request, claim, options, decision })
  }

  /** Why the callee cannot hold it beside those who do. Who shares a procedure shares its policy. */
  #taken(callee: Peer, claim: Claim): string | undefined {
    const { procedure, match, invoke, force = false } = claim
    const claiming = this.#claiming.get(keyOf(claim))
    const registration = this.registrations.get(match, procedure)
    if (registration?.callees.has(callee) === true || claiming?.callees.has(callee) === true) {
      return `this session offers ${procedure} already`
    }
    if (force && claiming === undefined) return undefined
    // Both, as what is claimed may be about to take the place of what is registered.
    for (const holder of [claiming, registration]) {
      if (holder === undefined) continue
      if (holder.invoke === 'single') return `${procedure} is offered by another session`
      if (holder.invoke !== invoke) {
        return `${procedure} is offered with invoke=${holder.invoke}, not ${invoke}`
      }
    }
    return undefined
  }

  #claim(wanted: Wanted): void {
    const { callee, claim } = wanted
    let answer: boolean | Promise<boolean>
    try {
      answer = this.#context.claims.claim(claim, callee)
    } catch (error) {
      return this.#unclaimable(wanted, error)
    }
    if (!(answer instanceof Promise)) return this.#claimed(wanted, answer)
    const key = keyOf(claim)
    const claiming: Claiming = this.#claiming.get(key) ?? {
      invoke: claim.invoke,
      callees: new Set(),
    }
    claiming.callees.add(callee)
    this.#claiming.set(key, claiming)
    callee.ledger.claims++
    void this.#awaitClaim(wanted, answer)
  }

  async #awaitClaim(wanted: Wanted, answer: Promise<boolean>): Promise<void> {
    const { callee, claim } = wanted
    const { clock, limits } = this.#context
    let granted: boolean
    try {
      granted = await withDeadline(answer, limits.claimMs, clock, 'the claim')
    } catch (error) {
      this.#endClaim(callee, claim)
      if (!callee.gone) this.#unclaimable(wanted, error)
      // What is granted after all belongs to nobody.
      answer.then(
        (late) => late && this.#release(claim, callee),
        () => undefined,
      )
      return
    }
    this.#endClaim(callee, claim)
    if (!callee.gone) this.#claimed(wanted, granted)
    else if (granted) this.#release(claim, callee)
  }

  #endClaim(callee: Peer, claim: Claim): void {
    const claiming = this.#claiming.get(keyOf(claim))
    claiming?.callees.delete(callee)
    if (claiming?.callees.size === 0) this.#claiming.delete(keyOf(claim))
    callee.ledger.claims--
  }

  #claimed(wanted: Wanted, granted: boolean): void {
    const { callee, request, claim, options, decision } = wanted
    if (!granted) {
      return replyError(callee, REGISTER, request, 'wamp.error.procedure_already_exists')
    }
    const { procedure, match, invoke, force = false } = claim
    if (force) this.#evict(this.registrations.get(match, procedure))
    let registration = this.registrations.get(match, procedure)
    const created = registration === undefined
    if (registration === undefined) {
      const createdAt = this.#context.clock.now()
      const id = this.#ids.next()
      registration = new Registration({ id, procedure, match, invoke, createdAt })
      this.registrations.add(registration)
    }
    const attributes = attributesOf(options)
    const right = new EndpointRight(callee, registration, decision, this.#rights, attributes)
    registration.add(new Endpoint(registration, callee, right, this.#orders.next(), options))
    callee.ledger.registrations.set(registration.id, registration)
    callee.send({ type: REGISTERED, request, registration: registration.id })
    if (!created) this.#context.changed(registration)
    for (const observer of this.#observers) observer.added(callee, registration, created)
  }

  /** Why others cannot be asked is for the log: it may name parts of the house. */
  #unclaimable({ callee, request, claim }: Wanted, error: unknown): void {
    const { procedure } = claim
    this.#context.log('error', 'a procedure could not be claimed', { error, procedure })
    const text = 'the procedure cannot be claimed now'
    replyError(callee, REGISTER, request, 'wamp.error.unavailable', text)
  }

  /** UNREGISTER. A registration of another's is as unknown as none. */
  unregister(callee: Peer, message: Unregister): void {
    const registration = callee.ledger.registrations.get(message.registration)
    if (registration === undefined) {
      return replyError(callee, UNREGISTER, message.request, 'wamp.error.no_such_registration')
    }
    this.#remove(callee, registration)
    callee.send({ type: UNREGISTERED, request: message.request })
    this.#tellRemoved(callee, registration)
  }

  /**
   * Takes a registration away from one of its callees. Only a callee that announced registration_revocation is told
   * (rfc/text/advanced/rpc_registration_revocation.md); calls under way are still answered, where no right has fallen.
   * `false`: it is none of its callees.
   */
  revoke(registration: Registration, callee: Peer, reason: string): boolean {
    if (!registration.callees.has(callee)) return false
    this.#remove(callee, registration)
    if (callee.features.has('callee.registration_revocation')) {
      const { id } = registration
      const told = callee.send({
        type: UNREGISTERED,
        request: 0,
        details: { registration: id, reason },
      })
      if (!told) callee.send({ type: UNREGISTERED, request: 0, details: { registration: id } })
    }
    this.#tellRemoved(callee, registration)
    return true
  }

  /** Whose right was withdrawn keeps nobody else from offering the procedure. */
  #evictFallen(match: Match, procedure: string): void {
    const registration = this.registrations.get(match, procedure)
    if (registration === undefined || registration.invoke !== 'single') return
    const now = this.#context.clock.now()
    for (const { callee, right } of registration.endpoints) {
      if (right.isWithdrawn(now)) this.revoke(registration, callee, 'no longer authorized')
    }
  }

  #evict(registration: Registration | undefined): void {
    if (registration === undefined) return
    for (const callee of registration.callees.keys()) {
      this.revoke(registration, callee, 'another callee has taken the procedure over')
    }
  }

  /** The callee is gone: so is what it offered, in this step. Observers hear of it by what is returned. */
  leave(callee: Peer): () => void {
    const { registrations } = callee.ledger
    if (registrations.size === 0) return nothing
    const left = [...registrations.values()]
    for (const registration of left) this.#remove(callee, registration)
    return () => {
      for (const registration of left) this.#tellRemoved(callee, registration)
    }
  }

  #remove(callee: Peer, registration: Registration): void {
    callee.ledger.registrations.delete(registration.id)
    registration.remove(callee)
    if (registration.callees.size === 0) this.registrations.delete(registration)
    const { procedure, match, invoke } = registration
    this.#release({ procedure, match, invoke }, callee)
    if (registration.waitingCount > 0) this.#context.changed(registration)
  }

  #tellRemoved(callee: Peer, registration: Registration): void {
    const deleted = registration.callees.size === 0
    for (const observer of this.#observers) observer.removed(callee, registration, deleted)
  }

  #release(claim: Claim, callee: Peer): void {
    try {
      this.#context.claims.release(claim, callee)
    } catch (error) {
      const { procedure } = claim
      this.#context.log('error', 'a procedure could not be released', { error, procedure })
    }
  }
}

function keyOf({ match, procedure }: Claim): string {
  return `${match} ${procedure}`
}

function nothing(): void {
  // There is nobody to be told of anything.
}

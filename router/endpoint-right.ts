import type { Decision, Principal } from './access.ts'
import { isUndecided, KeptDecision } from './decisions.ts'
import type { Gate } from './gate.ts'
import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'
import type { Dict } from './wire/message.ts'

/** What the right to offer a procedure needs of the place it lives in. */
export interface RightContext {
  readonly gate: Gate
  /** It was asked for elsewhere, and is known now: calls that wait for it may go on. */
  readonly known: (registration: Registration) => void
  /** It was withdrawn. Called in a turn of its own. */
  readonly withdrawn: (registration: Registration, callee: Peer, right: EndpointRight) => void
}

/**
 * A callee's right to what it has registered. Each call looks at it: as long as nothing changed that is one compare.
 * A callee whose right was withdrawn gets no more calls, and those it has not answered end. One that announced
 * registration_revocation loses the registration and is told; others would not understand it: theirs stays, and works
 * again when the right comes back.
 */
export class EndpointRight {
  readonly #callee: Peer
  readonly #registration: Registration
  readonly #context: RightContext
  /** Of REGISTER.Options, on which the right may rest. */
  readonly #attributes: Dict | undefined
  #right: KeptDecision
  /** Who the right was given to: a session that proved itself anew is asked about anew. */
  #principal: Principal
  #asking = false
  /** Its fall was told of. */
  #isFallen = false
  /** Just now an answer came from elsewhere: it counts for the calls that wait for it, kept or not. */
  #isFresh = false

  constructor(
    callee: Peer,
    registration: Registration,
    right: Decision,
    context: RightContext,
    attributes?: Dict,
  ) {
    this.#callee = callee
    this.#registration = registration
    this.#context = context
    this.#right = new KeptDecision(right)
    this.#principal = callee.principal
    this.#attributes = attributes
  }

  /** Why there can be no call now: the right is being asked for elsewhere, or there is none. */
  lack(now: number): 'busy' | 'withdrawn' | undefined {
    const holds = this.#right.holds(now) && this.#callee.principal === this.#principal
    if (!holds && !this.#isFresh && !this.#asking) this.#askAnew()
    if (this.#asking) return 'busy'
    return this.#right.decision.allow ? undefined : 'withdrawn'
  }

  /** Whether what the callee answers now is no answer any more: those who asked are told so. */
  get hasFallen(): boolean {
    return !this.#right.isUntouched && this.isWithdrawn(this.#context.gate.now())
  }

  /** Whether another may offer it instead. */
  isWithdrawn(now: number): boolean {
    return this.lack(now) === 'withdrawn' && !isUndecided(this.#right.decision)
  }

  #askAnew(): void {
    const { procedure, match } = this.#registration
    const { gate } = this.#context
    const decision = gate.decide(this.#callee, 'register', procedure, match, this.#attributes)
    if (!(decision instanceof Promise)) return this.#take(decision)
    this.#asking = true
    void decision.then((decided) => {
      this.#asking = false
      if (this.#callee.gone) return
      this.#take(decided)
      this.#isFresh = true
      this.#context.known(this.#registration)
      this.#isFresh = false
    })
  }

  #take(decision: Decision): void {
    this.#right = new KeptDecision(decision)
    this.#principal = this.#callee.principal
    if (decision.allow) {
      this.#isFallen = false
      return
    }
    const { gate, withdrawn } = this.#context
    gate.applied(this.#callee, 'register', this.#registration.procedure, decision)
    if (isUndecided(decision) || this.#isFallen) return
    this.#isFallen = true
    // Not at once: whoever looks for a callee must not find the registration changed under its hands.
    queueMicrotask(() => {
      if (!this.#right.decision.allow) withdrawn(this.#registration, this.#callee, this)
    })
  }
}

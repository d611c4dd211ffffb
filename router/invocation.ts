import type { Decision } from './access.ts'
import type { CallTimeout } from './call-timeout.ts'
import type { CallWishes } from './call-options.ts'
import { KeptDecision } from './decisions.ts'
import type { Endpoint } from './endpoint.ts'
import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'
import { rendezvous } from './rendezvous.ts'
import { emptyDict, type Call, type Dict } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

/** What only some calls need: most are sent and answered once, and are not to weigh more for the others. */
class Extras {
  attested: Dict | undefined
  partDetails: Dict = emptyDict
  lastDetails: Dict = emptyDict
  right: KeptDecision | undefined
  timeout: CallTimeout<Invocation> | undefined
  keptBytes = 0
  refused: Set<Endpoint> | undefined
  shard: Endpoint | undefined
  shardAmong: readonly Endpoint[] | undefined
}

const noExtras: Readonly<Extras> = Object.freeze(new Extras())

/** A call on its way: one object, held by the caller's and the callee's ledger until one of them is done with it. */
export class Invocation {
  readonly caller: Peer
  /** CALL.Request, in the caller's scope. */
  readonly request: number
  /** By which the call was allowed. */
  readonly decision: Decision
  readonly wishes: CallWishes
  readonly registration: Registration
  /** As it was called: where the registration is a pattern, not its URI. */
  readonly procedure: string
  /**
   * What the CALL carries, kept only until it is sent, or while it may have to be sent again: it is not to be held on
   * to for as long as a callee thinks.
   */
  payload: Payload | undefined
  /** INVOCATION.Request, in the callee's scope; 0 while the call waits for a callee. */
  id = 0
  /** INTERRUPT was sent: a further CANCEL changes nothing. */
  interrupted = false
  /** Its caller has not sent the last part of it. */
  expectsParts: boolean
  #endpoint: Endpoint | undefined
  #extras: Extras | undefined

  constructor(
    caller: Peer,
    call: Call,
    registration: Registration,
    decision: Decision,
    wishes: CallWishes,
  ) {
    this.caller = caller
    this.request = call.request
    this.payload = call.payload
    this.registration = registration
    this.decision = decision
    this.wishes = wishes
    this.procedure = call.procedure
    this.expectsParts = wishes.inParts
  }

  /** What the router says of it: the same to each callee that it is sent to. */
  get attested(): Dict | undefined {
    return this.#extras?.attested
  }

  set attested(attributes: Dict) {
    this.#extras ??= new Extras()
    this.#extras.attested = attributes
  }

  /** INVOCATION.Details for further parts, and for the last: made of the options of the first alone. */
  get furtherDetails(): { readonly part: Dict; readonly last: Dict } {
    const { partDetails, lastDetails } = this.#extras ?? noExtras
    return { part: partDetails, last: lastDetails }
  }

  set furtherDetails({ part, last }: { readonly part: Dict; readonly last: Dict }) {
    this.#extras ??= new Extras()
    this.#extras.partDetails = part
    this.#extras.lastDetails = last
  }

  /** The right on which progress goes on to the caller, where it can fall meanwhile. */
  get right(): KeptDecision | undefined {
    return this.#extras?.right
  }

  set right(right: KeptDecision | undefined) {
    this.#extras ??= new Extras()
    this.#extras.right = right
  }

  /** Its caller proved itself anew: whether the call may go on is asked about anew, whatever it rested on. */
  doubt(): void {
    this.right = new KeptDecision({ allow: true })
  }

  get timeout(): CallTimeout<Invocation> | undefined {
    return this.#extras?.timeout
  }

  set timeout(timeout: CallTimeout<Invocation> | undefined) {
    this.#extras ??= new Extras()
    this.#extras.timeout = timeout
  }

  /** What `payload` takes of what its caller may have kept. */
  get keptBytes(): number {
    return this.#extras?.keptBytes ?? 0
  }

  /** Callees that said they are unavailable. */
  get refused(): ReadonlySet<Endpoint> | undefined {
    return this.#extras?.refused
  }

  /** The callee that its shard key belongs to: looked for once, as long as the callees stay the same. */
  get shard(): Endpoint | undefined {
    const { shardKey } = this.wishes
    if (shardKey === undefined) return undefined
    const { endpoints } = this.registration
    const extras = (this.#extras ??= new Extras())
    if (extras.shardAmong !== endpoints) {
      extras.shardAmong = endpoints
      extras.shard = rendezvous(shardKey, endpoints, ({ order }) => order)
    }
    return extras.shard
  }

  /** A callee said it is unavailable: it is not asked again. */
  refuse(endpoint: Endpoint): void {
    this.#extras ??= new Extras()
    this.#extras.refused ??= new Set()
    this.#extras.refused.add(endpoint)
  }

  /** Who was asked; `undefined` while the call waits for a callee. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint
  }

  /** Who was asked; `undefined` while the call waits for a callee. */
  get callee(): Peer | undefined {
    return this.#endpoint?.callee
  }

  /** Nobody can be asked yet: the caller keeps the call, and it waits in its turn. */
  wait(): void {
    this.caller.ledger.calls.set(this.request, this)
    this.registration.waiting.add(this)
  }

  /** Whether nobody was answered yet, and both are here. */
  get isOpen(): boolean {
    return this.caller.ledger.calls.get(this.request) === this
  }

  /** The callee was asked: both keep the call until it ends. */
  begin(id: number, endpoint: Endpoint): void {
    this.id = id
    this.#endpoint = endpoint
    this.caller.ledger.calls.set(this.request, this)
    endpoint.callee.ledger.invocations.set(id, this)
    if (endpoint.concurrency !== Infinity) endpoint.active++
  }

  /** The callee is done with it, or is not to be waited for: it forgets the call, and its caller does not. */
  leaveCallee(): void {
    const endpoint = this.#endpoint
    if (endpoint === undefined) return
    this.#endpoint = undefined
    endpoint.callee.ledger.invocations.delete(this.id)
    this.id = 0
    if (endpoint.concurrency !== Infinity) endpoint.active--
  }

  /**
   * The caller is answered, or one of the two is gone: both forget the call. A callee that answers later is known to
   * have been asked by the id alone, so that calls nobody waits for take no room.
   */
  end(): void {
    const { ledger } = this.caller
    const endpoint = this.#endpoint
    ledger.calls.delete(this.request)
    if (endpoint === undefined) {
      if (this.registration.waitingCount > 0) this.registration.waiting.delete(this)
    } else {
      endpoint.callee.ledger.invocations.delete(this.id)
      if (endpoint.concurrency !== Infinity) endpoint.active--
    }
    this.#extras?.timeout?.end()
    if (this.wishes.inParts) ledger.endedStreams?.add(this.request, !this.expectsParts)
    if (this.keptBytes > 0) this.letGo()
  }

  /**
   * Holds on to the payload alone, as it may have to be sent again. `false`: the caller has as much kept as it may.
   */
  keep(maxBytes: number): boolean {
    const { ledger } = this.caller
    if (this.keptBytes > 0 || this.payload === undefined) return true
    const bytes = this.payload.sizeBytes
    if (ledger.keptBytes + bytes > maxBytes) return false
    this.payload = this.payload.copy()
    this.#extras ??= new Extras()
    this.#extras.keptBytes = bytes
    ledger.keptBytes += bytes
    return true
  }

  letGo(): void {
    this.payload = undefined
    const extras = this.#extras
    if (extras === undefined || extras.keptBytes === 0) return
    this.caller.ledger.keptBytes -= extras.keptBytes
    extras.keptBytes = 0
  }
}

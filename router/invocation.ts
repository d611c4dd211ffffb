import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'

/** A call on its way: one object, held by the caller's and the callee's ledger until one of them is done with it. */
export class Invocation {
  /** INVOCATION.Request, in the callee's scope. */
  readonly id: number
  readonly registration: Registration
  readonly caller: Peer
  /** CALL.Request, in the caller's scope. */
  readonly request: number
  /** INTERRUPT was sent: a further CANCEL changes nothing. */
  interrupted = false

  constructor(id: number, registration: Registration, caller: Peer, request: number) {
    this.id = id
    this.registration = registration
    this.caller = caller
    this.request = request
  }

  get callee(): Peer {
    return this.registration.callee
  }

  /** The callee was asked: both keep the call until it ends. */
  begin(): void {
    this.caller.ledger.calls.set(this.request, this)
    this.callee.ledger.invocations.set(this.id, this)
  }

  /**
   * The caller is answered, or one of the two is gone: both forget the call. A callee that answers later is known to
   * have been asked by the id alone, so that calls nobody waits for take no room.
   */
  end(): void {
    this.callee.ledger.invocations.delete(this.id)
    this.caller.ledger.calls.delete(this.request)
  }
}

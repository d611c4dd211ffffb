import type { Peer } from './peer.ts'
import type { Registration } from './registration.ts'

/** A call on its way: one object, held by the caller's and the callee's ledger. */
export class Invocation {
  /** INVOCATION.Request, in the callee's scope. */
  readonly id: number
  readonly registration: Registration
  readonly caller: Peer
  /** CALL.Request, in the caller's scope. */
  readonly request: number
  /** The caller has its answer (canceled) or is gone: what the callee still sends is dropped. */
  abandoned = false
  /** INTERRUPT was sent: a further CANCEL changes nothing. */
  interrupted = false

  constructor(registration: Registration, caller: Peer, request: number) {
    this.id = registration.callee.ledger.invocationIds.next()
    this.registration = registration
    this.caller = caller
    this.request = request
    caller.ledger.calls.set(request, this)
    registration.callee.ledger.invocations.set(this.id, this)
  }

  get callee(): Peer {
    return this.registration.callee
  }

  /** The callee has answered or is gone: both forget the call. */
  end(): void {
    this.callee.ledger.invocations.delete(this.id)
    if (!this.abandoned) this.caller.ledger.calls.delete(this.request)
  }

  /** The caller is answered or gone, the callee is not yet: its late answer will be known and dropped. */
  abandon(): void {
    if (this.abandoned) return
    this.abandoned = true
    this.caller.ledger.calls.delete(this.request)
  }
}

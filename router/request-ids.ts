import type { Ledger } from './ledger.ts'
import { violation } from './wire/errors.ts'
import { found } from './wire/found.ts'
import { maxId } from './wire/id.ts'
import {
  CALL,
  PUBLISH,
  REGISTER,
  SUBSCRIBE,
  UNREGISTER,
  UNSUBSCRIBE,
  type Message,
} from './wire/message.ts'

/**
 * The request ids of one client: session scope, from 1 on, each larger than the one before
 * (rfc/text/basic/building_blocks.md, IDs and Protocol Errors). One number is kept, however many requests there are.
 */
export class RequestIds {
  readonly #allowsGaps: boolean
  #last = 0

  /** `allowsGaps`: the first may be any, and some may be left out, as clients in wide use do after a reconnect. */
  constructor(allowsGaps: boolean) {
    this.#allowsGaps = allowsGaps
  }

  /**
   * Takes account of a message of the client; one that is no request passes.
   * @throws WampError `wamp.error.protocol_violation` for an id that goes back or was used, or for a gap where there
   * may be none
   */
  check(message: Message, ledger: Ledger): void {
    switch (message.type) {
      case CALL:
      case PUBLISH:
      case SUBSCRIBE:
      case UNSUBSCRIBE:
      case REGISTER:
      case UNREGISTER:
        break
      default:
        return
    }
    const { request } = message
    if (request === this.#last + 1 || (request > this.#last && this.#allowsGaps)) {
      // After the largest id comes 1 again.
      this.#last = request === maxId ? 0 : request
      return
    }
    // The parts of a call have one id (rfc/text/advanced/rpc_progressive_call_invocations.md).
    if (message.type === CALL) {
      const isLast = message.options['progress'] !== true
      if (ledger.continuesCall(request, isLast)) return
    }
    throw this.#fault(request)
  }

  #fault(request: number): Error {
    const next = this.#last + 1
    const allowed = this.#allowsGaps ? `at least ${next}` : String(next)
    return violation(`the request id is ${found(request)}, it must be ${allowed}`)
  }
}

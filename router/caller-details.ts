import type { Decision, Disguise, Principal } from './access.ts'
import type { Peer } from './peer.ts'
import { Constant } from './wire/constant.ts'

/** So many different ones are kept of a caller: one for each level at which it calls, and those are few. */
const most = 4

interface Kept {
  readonly id: number | undefined
  readonly authid: string | undefined
  readonly authrole: string | undefined
  readonly trustlevel: number | undefined
  readonly constant: Constant
}

const nobody: Partial<Disguise> = {}

/**
 * What callees are told of a caller (rfc/text/advanced/rpc_caller_identification.md), set by the router alone. Nearly
 * all calls of a session say the same of it, so that this is put together, and written by each codec, once and not for
 * each call (measured: 1.3 times the calls in a protected realm).
 */
export class CallerDetails {
  readonly #kept: Kept[] = []
  #next = 0
  /** What was asked for last, by the very objects: most calls follow one of the same decision. */
  #decision: Decision | undefined
  #principal: Principal | undefined
  #isDisclosed = false
  #isTrusted = false
  #last: Constant | undefined

  /**
   * The dict that says this and nothing else; the same one for the same.
   * @param decision by which it calls: under whose name, where that is another, and at which level
   * @param isDisclosed the callee learns who calls
   * @param isTrusted the callee learns at which level
   */
  of(caller: Peer, decision: Decision, isDisclosed: boolean, isTrusted: boolean): Constant {
    const isSame =
      this.#decision === decision &&
      this.#principal === caller.principal &&
      this.#isDisclosed === isDisclosed &&
      this.#isTrusted === isTrusted
    if (isSame && this.#last !== undefined) return this.#last
    this.#decision = decision
    this.#principal = caller.principal
    this.#isDisclosed = isDisclosed
    this.#isTrusted = isTrusted
    this.#last = this.#find(
      caller,
      isDisclosed,
      decision.discloseAs,
      isTrusted ? decision.trustlevel : undefined,
    )
    return this.#last
  }

  #find(
    caller: Peer,
    isDisclosed: boolean,
    as: Disguise | undefined,
    trustlevel: number | undefined,
  ): Constant {
    const { authid, authrole } = isDisclosed ? (as ?? caller.principal) : nobody
    const id = isDisclosed && as === undefined ? caller.id : undefined
    for (const kept of this.#kept) {
      const isSame = kept.id === id && kept.authid === authid && kept.authrole === authrole
      if (isSame && kept.trustlevel === trustlevel) return kept.constant
    }
    const constant = new Constant(
      Object.freeze({
        ...(id !== undefined && { caller: id }),
        ...(authid !== undefined && { caller_authid: authid }),
        ...(authrole !== undefined && { caller_authrole: authrole }),
        ...(trustlevel !== undefined && { trustlevel }),
      }),
    )
    this.#kept[this.#next] = { id, authid, authrole, trustlevel, constant }
    this.#next = (this.#next + 1) % most
    return constant
  }
}

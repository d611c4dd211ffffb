import type { LocalPeer } from '../router/local-peer.ts'
import type { Realm } from '../router/realm.ts'
import { WampError } from '../router/wire/errors.ts'
import type { PayloadValues } from '../router/wire/payload.ts'
import { servicePrincipal } from './service-principal.ts'

/** A procedure by which a component of the integrator's is asked. */
export interface AskedProcedure {
  /** Exact URI. */
  readonly procedure: string
  /** The only role whose components are asked; absent: any, as the rules of the configuration let it offer the name. */
  readonly role?: string
  /** How long an answer may take. */
  readonly timeoutMs: number
}

/** A component of the integrator's that the router asks, as an ordinary caller of the realm where it is. */
export class AskedComponent {
  readonly #asked: AskedProcedure
  readonly #realm: () => Realm | undefined
  #peer: LocalPeer | undefined

  /** `realm`: where it is, which may come to be later than this. */
  constructor(asked: AskedProcedure, realm: () => Realm | undefined) {
    this.#asked = asked
    this.#realm = realm
  }

  /**
   * Only a component is asked, one that proved to have the role where there is one, whoever else may have come to offer
   * the name; one that has lost its transport is not waited for.
   * @throws WampError what the call ends with; Error where a callee is not to be trusted
   */
  async ask(question: readonly unknown[]): Promise<PayloadValues> {
    const { procedure, role, timeoutMs } = this.#asked
    const realm = this.#realm()
    const registration = realm?.dealer.registrations.get('exact', procedure)
    if (realm === undefined || registration === undefined) {
      throw new WampError('wamp.error.no_such_procedure', `nobody offers ${procedure}`)
    }
    let isThere = false
    for (const { principal, detached } of registration.callees.keys()) {
      isThere ||= detached !== true
      const isOf =
        principal.kind === 'component' && (role ?? principal.authrole) === principal.authrole
      if (!isOf) {
        throw new Error(`${procedure} is offered by ${principal.kind} ${principal.authid}`)
      }
    }
    if (!isThere) {
      throw new WampError('wamp.error.network_failure', `who offers ${procedure} is not connected`)
    }
    this.#peer ??= realm.local(servicePrincipal)
    return this.#peer.call(procedure, question, undefined, { timeout: timeoutMs })
  }
}

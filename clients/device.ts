import type { ProofError } from '../proofs/proof-error.ts'
import { procedureUris } from '../realms/uris.ts'
import type { Capability, CapabilityAction } from '../realms/uris.ts'
import { AssertionVerifier } from './assertion.ts'
import type { AssertionOptions } from './assertion.ts'
import { Connection } from './connection.ts'
import type { ConnectionOptions, ConnectionState } from './connection.ts'
import { DeviceState } from './device-state.ts'
import type { Place } from './device-state.ts'
import { enrol } from './enrolment.ts'
import { SessionLost } from './errors.ts'
import type { Dict } from './errors.ts'
import { onlyAsserted } from './asserted.ts'
import type { Listener, Payload, Procedure } from './payload.ts'
import { ask } from './typed.ts'
import type { Catalogue } from './typed.ts'
import { keepTrust } from './trust-keeping.ts'
import { awaitClaim } from './unclaimed.ts'
import { followWishes, type DesiredHandler } from './wishes.ts'
import { webSocketClass } from './websocket.ts'

export interface DeviceOptions extends Omit<ConnectionOptions, 'credential' | 'onJoin'> {
  /** Folder of the key and the enrolment; made at the first start. */
  readonly stateDir: string
  /** A provisioning code, for the first start; not looked at once the device is enrolled. */
  readonly code?: string
  /**
   * Told of the code by which an owner claims a device that belongs to nobody yet (`latchkey device claim CODE`).
   * `connect` waits for that.
   */
  readonly onClaimCode?: (code: string) => void
  /** Told of what the device is wished to be like, also of wishes that came while it was away; each once. */
  readonly onDesired?: DesiredHandler
  /** What the device says of itself, for those who may see it. */
  readonly attributes?: Dict
  /** What others may do with it besides calling its procedures; `verb` is what follows its prefix and a dot. */
  readonly capabilities?: readonly { readonly verb: string; readonly action: CapabilityAction }[]
  /** By what follows its prefix and a dot, for instance `switch`. */
  readonly procedures?: Readonly<Record<string, Procedure>>
  /**
   * Procedures (by verb; `true`: all) that run only on the house's signed word for this very call, whatever the router
   * says; it is in `Delivery.assertion`. Any other call is answered with ERROR `wamp.error.not_authorized`. The owner
   * makes the house give its word by the capability's condition `assert`.
   */
  readonly requireAssertion?: true | readonly string[]
  readonly assertions?: AssertionOptions
  /**
   * Thumbprint of the house's key (from its owner, or a QR code), for the first start; not looked at once a house is
   * trusted. Absent: the first key that comes is trusted.
   */
  readonly houseFingerprint?: string
  /** Told of each call that was refused for want of the house's word, and why. */
  readonly onRefused?: (error: ProofError, uri: string) => void
}

/**
 * A thing in a house: connects out and never listens, offers its procedures under its own prefix, and comes back by
 * itself whenever it loses the router. Its key is made on board and stays there. Node only.
 */
export class Device {
  readonly #options: DeviceOptions
  /** One for all procedures: what is remembered is remembered for each of them. */
  readonly #verifier: AssertionVerifier
  #connection: Connection | undefined
  #closed = false
  #place: Place | undefined
  #fingerprint = ''

  constructor(options: DeviceOptions) {
    this.#options = options
    const { clock } = options
    this.#verifier = new AssertionVerifier({
      ...(clock !== undefined && { clock }),
      ...options.assertions,
    })
  }

  get state(): ConnectionState {
    return this.#connection?.state ?? { status: 'closed', reason: 'not connected' }
  }

  /** SHA-256 of the public key, for people to compare. Empty before `connect`. */
  get fingerprint(): string {
    return this.#fingerprint
  }

  /** The URI of one of the device's procedures or topics. @throws Error before it is enrolled */
  uri(verb: string): string {
    if (this.#place === undefined) throw new Error('the device is not enrolled yet')
    return `${this.#place.prefix}.${verb}`
  }

  /**
   * Makes the key and enrols if that was not done before, joins, registers and announces; from then on stays joined
   * until `close`. Waits for the router for as long as it takes. Resolves with the device's id, realm and prefix.
   * @throws JoinRefused for a code that was used (`wamp.error.authentication_denied`) or a device that was cut off;
   * CallError when the router refuses a procedure or the announcement; Error when the state on disk cannot be used
   */
  async connect(): Promise<Place> {
    if (this.#connection !== undefined) throw new Error('connect was called already')
    const { stateDir, code, attributes = {}, procedures = {}, ...rest } = this.#options
    const options = { webSocket: webSocketClass(), ...rest }
    const state = await DeviceState.open(stateDir)
    this.#fingerprint = state.fingerprint
    const hold = (connection: Connection): void => {
      this.#connection = connection
      if (this.#closed) throw new SessionLost('closed')
    }
    const enrolled = state.place ?? (await enrol(state, { ...options, code, attributes }, hold))
    const place =
      enrolled.status === 'new' ? await awaitClaim(state, enrolled, options, hold) : enrolled
    this.#place = place
    const connection = new Connection({
      ...options,
      realm: place.realm,
      credential: () => state.credential(),
      onJoin: async (session) => {
        await keepTrust(session, state, this.#options)
        await ask(session, procedureUris.capabilityAnnounce, {
          attributes,
          capabilities: this.#capabilities(),
        })
      },
    })
    hold(connection)
    for (const [verb, procedure] of Object.entries(procedures))
      await connection.register(this.uri(verb), this.#guarded(verb, procedure, state))
    const { onDesired, onProblem = () => undefined } = this.#options
    if (onDesired !== undefined) await followWishes(connection, place.id, onDesired, onProblem)
    await connection.connect()
    return place
  }

  /** Calls anybody's procedure, as far as the device may. @throws CallError, SessionLost */
  async call(uri: string, args?: readonly unknown[], kwargs?: Dict): Promise<Payload> {
    if (this.#connection === undefined) throw new SessionLost('not connected')
    return this.#connection.call(uri, args, kwargs)
  }

  /** Calls one of Latchkey's own procedures, for instance `latchkey.presence.verify`. @throws as `call` */
  async ask<Uri extends keyof Catalogue>(
    uri: Uri,
    input: Catalogue[Uri]['input'],
  ): Promise<Catalogue[Uri]['result']> {
    if (this.#connection === undefined) throw new SessionLost('not connected')
    return ask(this.#connection, uri, input)
  }

  /** Resolves when the router has taken the event. @throws CallError, SessionLost */
  async publish(event: string, args?: readonly unknown[], kwargs?: Dict): Promise<void> {
    if (this.#connection === undefined) throw new SessionLost('not connected')
    await this.#connection.publish(this.uri(event), args, kwargs)
  }

  /** Listens to what others publish under the device's prefix. Resolves with what takes it back. @throws CallError */
  async subscribe(event: string, listener: Listener): Promise<() => Promise<void>> {
    if (this.#connection === undefined) throw new SessionLost('not connected')
    return this.#connection.subscribe(this.uri(event), listener)
  }

  /** Leaves and does not come back. Resolves when the connection is gone. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#connection?.close()
  }

  #guarded(verb: string, procedure: Procedure, state: DeviceState): Procedure {
    const { requireAssertion = [], onRefused } = this.#options
    if (requireAssertion !== true && !requireAssertion.includes(verb)) return procedure
    return onlyAsserted(procedure, {
      uri: this.uri(verb),
      verifier: this.#verifier,
      trust: () => state.trust,
      refused: onRefused,
    })
  }

  #capabilities(): Capability[] {
    const { procedures = {}, capabilities = [] } = this.#options
    const calls = Object.keys(procedures).map((verb) => ({ verb, action: 'call' as const }))
    return [...calls, ...capabilities].map(({ verb, action }) => ({ uri: this.uri(verb), action }))
  }
}

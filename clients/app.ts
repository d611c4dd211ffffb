import { procedureUris } from '../realms/uris.ts'
import { Connection } from './connection.ts'
import type { ConnectionOptions, ConnectionState } from './connection.ts'
import { anonymous, ticket } from './credential.ts'
import type { Credential } from './credential.ts'
import type { Dict } from './errors.ts'
import type { Listener, Payload } from './payload.ts'
import type { Welcome } from './session.ts'
import { callSteppingUp } from './step-up.ts'
import type { StepUpWay } from './step-up.ts'
import { ask } from './typed.ts'
import type { Catalogue } from './typed.ts'

export interface AppOptions extends Omit<ConnectionOptions, 'credential' | 'onJoin'> {
  /**
   * An ID token of the person who uses the app; asked for before every join, so also after the last one expired.
   * Absent: joins as anonymous, where the realm lets one.
   */
  readonly token?: () => string | Promise<string>
}

/** What a person uses: calls and listens to devices by name. For browsers and Node; imports nothing of Node. */
export class App {
  readonly #connection: Connection

  constructor({ token, ...options }: AppOptions) {
    const credential = async (): Promise<Credential> =>
      // wampy wants an authid; who this is follows from the token.
      token === undefined ? anonymous : ticket(await token(), 'person')
    this.#connection = new Connection({ ...options, credential })
  }

  get state(): ConnectionState {
    return this.#connection.state
  }

  /**
   * Signs in, and stays so until `close`: see Connection. Resolves with WELCOME.Details (authid, authrole, …).
   * @throws JoinRefused when the token is not taken or the realm is not there
   */
  connect(): Promise<Welcome> {
    return this.#connection.connect()
  }

  /**
   * Resolves with the result. With `stepUp` a call that lacks a proof is confirmed that way, and made once more.
   * @throws CallError; SessionLost when the session ended or there is none
   */
  call(
    uri: string,
    args?: readonly unknown[],
    kwargs?: Dict,
    options: { readonly stepUp?: StepUpWay } = {},
  ): Promise<Payload> {
    if (options.stepUp === undefined) return this.#connection.call(uri, args, kwargs)
    const call = {
      uri,
      ...(args !== undefined && { args }),
      ...(kwargs !== undefined && { kwargs }),
    }
    return callSteppingUp(this.#connection, call, options.stepUp)
  }

  /** Calls one of Latchkey's own procedures, for instance `latchkey.discovery.list`. @throws as `call` */
  ask<Uri extends keyof Catalogue>(
    uri: Uri,
    input: Catalogue[Uri]['input'],
  ): Promise<Catalogue[Uri]['result']> {
    return ask(this.#connection, uri, input)
  }

  /** Listens to a topic in this session and those to come. Resolves with what takes it back. @throws CallError */
  subscribe(topic: string, listener: Listener): Promise<() => Promise<void>> {
    return this.#connection.subscribe(topic, listener)
  }

  /** Resolves when the router has taken the event. @throws as `call` */
  publish(topic: string, args?: readonly unknown[], kwargs?: Dict): Promise<void> {
    return this.#connection.publish(topic, args, kwargs)
  }

  /** Keeps this session beyond the end of its token. Resolves with when the newer one ends. @throws as `call` */
  async refresh(token: string): Promise<number> {
    const { expires_at: expiresAt } = await this.ask(procedureUris.sessionRefresh, { token })
    return expiresAt
  }

  /** Signs off. Resolves when the connection is gone. */
  close(): Promise<void> {
    return this.#connection.close()
  }
}

/** A program that may ask the house's authorization server for tokens. */
export interface OAuthClient {
  readonly id: string
  readonly name: string
  /** `resource_server`: shares devices in their owners' names. `requesting`: asks for what is shared. */
  readonly use: 'resource_server' | 'requesting'
  /** From the configuration, and not to be removed but there. */
  readonly configured: boolean
  /** `null` for one of the configuration. */
  readonly createdAt: number | null
}

/** The clients of the authorization server. */
export interface OAuthClients {
  /** The secret is returned here and nowhere else. @throws DomainError conflict, invalid_state, unavailable */
  create(
    client: Pick<OAuthClient, 'id' | 'name' | 'use'>,
  ): Promise<{ readonly client: OAuthClient; readonly secret: string }>
  list(): Promise<OAuthClient[]>
  /** @throws DomainError not_found, invalid_state for one of the configuration */
  remove(id: string): Promise<void>
}

/** Devices without a screen that wait to be claimed (RFC 8628). */
export interface DeviceClaims {
  /**
   * The device that shows this code and was not answered yet. `by`: who asks (`kind:id`), whose wrong guesses are counted.
   * @throws DomainError invalid_state after too many of them
   */
  pending(
    userCode: string,
    by: string,
  ):
    | {
        readonly userCode: string
        /** Where it came from. */
        readonly address: string
        readonly createdAt: number
        readonly expiresAt: number
      }
    | undefined
  /** Lets the device have the provisioning code at its next poll. `false`: nobody waits under that user code any more. */
  approve(
    userCode: string,
    answer: { readonly result: { readonly code: string; readonly realm?: string } },
  ): boolean
  /** Tells the device no at its next poll. `false`: nobody waits under that user code any more. */
  deny(userCode: string): boolean
}

/** What procedures need of the house's authorization server. */
export interface AuthorityServices {
  readonly clients: OAuthClients
  readonly deviceFlow: DeviceClaims
}

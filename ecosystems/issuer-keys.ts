import { createLocalJWKSet, errors } from 'jose'
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from 'jose'
import type { Clock } from '../clock.ts'
import { discoveryAddress, fetchJson, insecureAddress, isObject, reasonOf } from './issuer-fetch.ts'

export { insecureAddress } from './issuer-fetch.ts'

/** An issuer's keys could not be had, so that nothing can be said of its tokens. */
export class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable'
  readonly issuer: string

  constructor(issuer: string, message: string, options?: ErrorOptions) {
    super(`the keys of ${issuer} cannot be had: ${message}`, options)
    this.issuer = issuer
  }
}

/** Bounds on asking an issuer. */
export interface IssuerBounds {
  /** How long keys are used without asking again. */
  readonly maxAgeMs: number
  /** How long they are used while newer ones cannot be had. What they do not know is then not known to be wrong. */
  readonly staleMs: number
  /** How long after asking a token with an unknown key is refused without asking again. */
  readonly cooldownMs: number
  /** How long after a failure no further attempt is made. */
  readonly retryMs: number
  /** How long an answer may take, its body included. */
  readonly timeoutMs: number
  /** How long one token waits for keys. Those that come later serve the next one. */
  readonly waitMs: number
  /** How long a discovery document or key set may be. */
  readonly maxBodyBytes: number
}

/** Told how each attempt to reach the issuer has ended. */
export interface IssuerContact {
  answered(issuer: string): void
  failed(issuer: string, detail: string): void
}

type KeySet = ReturnType<typeof createLocalJWKSet>

/**
 * The keys of one issuer: found by its discovery document (OpenID Connect Discovery 1.0 §4) unless their address is
 * given, fetched when first needed, asked for anew when they are old or a token names a key that is not there.
 * All who wait share one fetch; how often it can happen is bounded whatever tokens come.
 */
export class IssuerKeys {
  readonly #issuer: string
  readonly #givenUri: string | null
  readonly #bounds: IssuerBounds
  readonly #clock: Clock
  readonly #contact: IssuerContact
  #discoveredUri: string | undefined
  #keys: KeySet | undefined
  #loadedAt = 0
  #askedAt = Number.NEGATIVE_INFINITY
  #failure: { readonly error: IssuerUnreachable; readonly at: number } | undefined
  #pending: Promise<KeySet> | undefined

  constructor(
    issuer: string,
    jwksUri: string | null,
    bounds: IssuerBounds,
    clock: Clock,
    contact: IssuerContact,
  ) {
    this.#contact = contact
    this.#issuer = issuer
    this.#givenUri = jwksUri
    this.#bounds = bounds
    this.#clock = clock
  }

  /**
   * The key that a token names.
   * @throws IssuerUnreachable, and of jose JWKSNoMatchingKey and JWKSMultipleMatchingKeys
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const fresh = this.#fresh()
    if (fresh === undefined) return this.#findInNewer(header, token)
    try {
      return await fresh(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayAskAgain()) throw error
      return (await this.#loaded())(header, token)
    }
  }

  /** Keys of yesterday prove a token that is good today; that they do not know one proves nothing. */
  async #findInNewer(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    try {
      return await (
        await this.#loaded()
      )(header, token)
    } catch (error) {
      if (!(error instanceof IssuerUnreachable)) throw error
      const stale = this.#since(this.#loadedAt) < this.#bounds.staleMs ? this.#keys : undefined
      if (stale === undefined) throw error
      return stale(header, token).catch((refusal: unknown) => {
        throw refusal instanceof errors.JWKSNoMatchingKey ? error : refusal
      })
    }
  }

  #fresh(): KeySet | undefined {
    return this.#since(this.#loadedAt) < this.#bounds.maxAgeMs ? this.#keys : undefined
  }

  /** Counted from the last attempt, not the last success: a flood of unknown keys must not hammer an ailing issuer. */
  #mayAskAgain(): boolean {
    return this.#pending !== undefined || this.#since(this.#askedAt) >= this.#bounds.cooldownMs
  }

  /** A machine's clock may be set back: then what was remembered is as good as old. */
  #since(at: number): number {
    return Math.abs(this.#clock.now() - at)
  }

  /** Somebody waits to join meanwhile, and is to hear why it takes long before the router loses its patience. */
  async #loaded(): Promise<KeySet> {
    const { waitMs } = this.#bounds
    let stopWaiting: (() => void) | undefined
    const late = new Promise<never>((_resolve, reject) => {
      stopWaiting = this.#clock.after(waitMs, () =>
        reject(this.#unreachable(`no answer within ${waitMs} ms`)),
      )
    })
    try {
      return await Promise.race([this.#load(), late])
    } finally {
      stopWaiting?.()
    }
  }

  #load(): Promise<KeySet> {
    if (this.#pending !== undefined) return this.#pending
    if (this.#failure !== undefined && this.#since(this.#failure.at) < this.#bounds.retryMs)
      return Promise.reject(this.#failure.error)
    this.#askedAt = this.#clock.now()
    this.#pending = this.#fetchKeys()
      .then((keys) => {
        this.#keys = keys
        this.#loadedAt = this.#clock.now()
        this.#failure = undefined
        this.#contact.answered(this.#issuer)
        return keys
      })
      .catch((cause: unknown) => {
        const error = cause instanceof IssuerUnreachable ? cause : this.#unreachable(cause)
        this.#failure = { error, at: this.#clock.now() }
        this.#contact.failed(this.#issuer, error.message)
        // The issuer may have moved its keys: ask for their place again.
        this.#discoveredUri = undefined
        throw error
      })
      .finally(() => {
        this.#pending = undefined
      })
    return this.#pending
  }

  async #fetchKeys(): Promise<KeySet> {
    const uri = this.#givenUri ?? (this.#discoveredUri ??= await this.#discover())
    const refusal = insecureAddress(uri)
    if (refusal !== undefined) throw this.#unreachable(refusal)
    const body = await this.#fetchJson(uri)
    if (!isKeySet(body)) throw this.#unreachable(`${uri} holds no key set`)
    return createLocalJWKSet(body)
  }

  async #discover(): Promise<string> {
    const refusal = insecureAddress(this.#issuer)
    if (refusal !== undefined) throw this.#unreachable(refusal)
    const address = discoveryAddress(this.#issuer)
    const document = await this.#fetchJson(address)
    // Else one tenant of a provider could speak for another (Discovery §4.3).
    if (document['issuer'] !== this.#issuer)
      throw this.#unreachable(`${address} is the document of ${JSON.stringify(document['issuer'])}`)
    const uri = document['jwks_uri']
    if (typeof uri !== 'string') throw this.#unreachable(`${address} names no jwks_uri`)
    // A provider out in the world has nothing to fetch from this machine.
    if (this.#issuer.startsWith('https:') && !uri.startsWith('https:'))
      throw this.#unreachable(`${address} names the jwks_uri "${uri}", which is not https`)
    return uri
  }

  async #fetchJson(address: string): Promise<Record<string, unknown>> {
    try {
      return await fetchJson(address, this.#bounds, this.#clock)
    } catch (error) {
      throw this.#unreachable(error)
    }
  }

  #unreachable(reason: unknown): IssuerUnreachable {
    return new IssuerUnreachable(this.#issuer, reasonOf(reason), { cause: reason })
  }
}

function isKeySet(
  value: Record<string, unknown>,
): value is Record<string, unknown> & JSONWebKeySet {
  return Array.isArray(value['keys']) && value['keys'].every(isObject)
}

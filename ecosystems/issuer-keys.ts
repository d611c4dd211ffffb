import { createLocalJWKSet, errors } from 'jose'
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from 'jose'
import type { Clock } from '../clock.ts'

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

type KeySet = ReturnType<typeof createLocalJWKSet>

/**
 * Why keys must not be fetched from this address, or `undefined` if they may: without TLS whoever is on the way
 * could put his own keys into the answer, so http is for this machine only.
 */
export function insecureAddress(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) return `"${address}" is not a URL`
  if (url.username !== '' || url.password !== '') return `"${address}" carries a password`
  if (url.protocol === 'https:') return undefined
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return undefined
  return `"${address}" is neither https nor http on a loopback host`
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    // URL has brought every spelling of an IPv4 address into this form.
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  )
}

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
  #discoveredUri: string | undefined
  #keys: KeySet | undefined
  #loadedAt = 0
  #askedAt = Number.NEGATIVE_INFINITY
  #failure: { readonly error: IssuerUnreachable; readonly at: number } | undefined
  #pending: Promise<KeySet> | undefined

  constructor(issuer: string, jwksUri: string | null, bounds: IssuerBounds, clock: Clock) {
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
    const keys = this.#fresh() ?? (await this.#loaded())
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayAskAgain()) throw error
      return (await this.#loaded())(header, token)
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
        return keys
      })
      .catch((cause: unknown) => {
        const error = cause instanceof IssuerUnreachable ? cause : this.#unreachable(cause)
        this.#failure = { error, at: this.#clock.now() }
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
    const address = `${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
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
    const abort = new AbortController()
    const { timeoutMs, maxBodyBytes } = this.#bounds
    const disarm = this.#clock.after(timeoutMs, () =>
      abort.abort(new Error(`no answer within ${timeoutMs} ms`)),
    )
    try {
      const response = await fetch(address, {
        headers: { accept: 'application/json' },
        // A redirect could lead to anywhere, past every check of the address.
        redirect: 'error',
        signal: abort.signal,
      })
      if (response.status !== 200) throw new Error(`${address} answered ${response.status}`)
      const chunks: Uint8Array[] = []
      let length = 0
      for await (const chunk of response.body ?? []) {
        length += chunk.length
        if (length > maxBodyBytes)
          throw new Error(`${address} answered more than ${maxBodyBytes} bytes`)
        chunks.push(chunk)
      }
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      if (!isObject(body)) throw new Error(`${address} answered no JSON object`)
      return body
    } catch (error) {
      throw this.#unreachable(error)
    } finally {
      disarm()
      abort.abort()
    }
  }

  #unreachable(reason: unknown): IssuerUnreachable {
    const error = reason instanceof Error ? reason : new Error(String(reason))
    // What undici throws says only "fetch failed"; the reason is within.
    const inner = error.cause instanceof Error ? `: ${error.cause.message}` : ''
    return new IssuerUnreachable(this.#issuer, `${error.message}${inner}`, { cause: error })
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isKeySet(
  value: Record<string, unknown>,
): value is Record<string, unknown> & JSONWebKeySet {
  return Array.isArray(value['keys']) && value['keys'].every(isObject)
}

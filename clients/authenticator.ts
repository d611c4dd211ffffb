import { CompactSign } from 'jose'
import type { CryptoKey } from 'jose'
import { presenceLifetimeS, proofTypes } from '../proofs/claims.ts'
import type { PresenceClaims, ProofType, StepUpClaims } from '../proofs/claims.ts'
import { procedureUris } from '../realms/uris.ts'
import type { AuthenticatorKind, ConfirmRequest, PersonalAuthenticator } from '../realms/uris.ts'
import type { Clock } from '../clock.ts'
import { argumentsDigest } from './digest.ts'
import { CallError } from './errors.ts'
import type { Dict } from './errors.ts'
import type { Payload, Procedure } from './payload.ts'
import { clientClock } from './timers.ts'
import { ask } from './typed.ts'

/** An Ed25519 key that was made on board; its private half need not be readable by anybody. */
export interface AuthenticatorKey {
  readonly privateKey: CryptoKey
  /** 32 bytes in lower-case hex. */
  readonly publicKey: string
}

/** What a person is asked. `args` and `kwargs` are there only where they are what is signed for. */
export interface Prompt {
  readonly uri: string
  readonly args?: readonly unknown[]
  readonly kwargs?: Dict
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface AuthenticatorOptions {
  readonly key: AuthenticatorKey
  /** Asks the person. Without it nothing that the router prompts for is confirmed. */
  readonly decide?: (prompt: Prompt) => boolean | Promise<boolean>
  readonly clock?: Clock
}

/** A key that lives as long as the program, and that nobody can read. @throws Error where WebCrypto has no Ed25519 */
export async function newAuthenticatorKey(): Promise<AuthenticatorKey> {
  const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as {
    readonly privateKey: CryptoKey
    readonly publicKey: CryptoKey
  }
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return { privateKey: pair.privateKey, publicKey: hex(raw) }
}

/** What confirms for its person: the program of a watch or a phone. Imports nothing of Node. */
export class Authenticator {
  /** For the enrolment: 32 bytes in lower-case hex. */
  readonly publicKey: string
  readonly #key: CryptoKey
  readonly #decide: NonNullable<AuthenticatorOptions['decide']>
  readonly #clock: Clock

  constructor({ key, decide = () => false, clock = clientClock }: AuthenticatorOptions) {
    this.publicKey = key.publicKey
    this.#key = key.privateKey
    this.#decide = decide
    this.#clock = clock
  }

  /**
   * Enrols the key for whoever the session is of, which must have proven freshly who that is: what it confirms will be
   * worth that. Resolves with how it is listed. @throws CallError
   */
  async enrol(
    caller: { call(uri: string, args: readonly unknown[], kwargs: Dict): Promise<Payload> },
    { kind, name }: { readonly kind: Exclude<AuthenticatorKind, 'passkey'>; readonly name: string },
  ): Promise<PersonalAuthenticator> {
    const offered = { kind, name, public_key: this.publicKey }
    const request = await ask(caller, procedureUris.authenticatorEnrolBegin, offered)
    const { challenge } = request
    const proof = await this.confirm(request)
    const input = { ...offered, challenge, proof }
    return ask(caller, procedureUris.authenticatorEnrolComplete, input)
  }

  /** Signs for one call, the person having said so. It is good until the challenge ends, and for nothing else. */
  confirm(request: ConfirmRequest): Promise<string> {
    const { challenge, uri, args_sha256, caller, session, expires_at } = request
    const claims: StepUpClaims = {
      challenge,
      uri,
      args_sha256,
      caller,
      ...(session !== undefined && { session }),
      exp: Math.floor(expires_at / 1_000),
    }
    return this.#sign(proofTypes.stepUp, claims)
  }

  /** Signs that the person is at a lock, which has given out this nonce; good for ten seconds. */
  presence({ lock, nonce }: Omit<PresenceClaims, 'exp'>): Promise<string> {
    const exp = Math.floor(this.#clock.now() / 1_000) + presenceLifetimeS
    return this.#sign(proofTypes.presence, { lock, nonce, exp } satisfies PresenceClaims)
  }

  /**
   * Answers the router's prompts, at `user.<person>.authenticator.confirm`, with `{proof}` or, when the person says
   * no, with ERROR `wamp.error.not_authorized`. Resolves with what takes it back. @throws CallError
   */
  serve(
    connection: {
      register(uri: string, procedure: Procedure): Promise<() => Promise<void>>
    },
    person: string,
  ): Promise<() => Promise<void>> {
    return connection.register(`user.${person}.authenticator.confirm`, async ({ kwargs }) => {
      const request = confirmRequest(kwargs)
      if (request.caller !== person) throw new CallError('wamp.error.not_authorized')
      const { uri, expires_at: expiresAt } = request
      const said = await this.#decide({ uri, expiresAt, ...(await shownArguments(request)) })
      if (!said) throw new CallError('wamp.error.not_authorized')
      return { proof: await this.confirm(request) }
    })
  }

  #sign(typ: ProofType, claims: object): Promise<string> {
    const payload = new TextEncoder().encode(JSON.stringify(claims))
    return new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', typ }).sign(this.#key)
  }
}

/** What a person is shown is what is signed: arguments that are not would be a lie. */
async function shownArguments(request: ConfirmRequest): Promise<Pick<Prompt, 'args' | 'kwargs'>> {
  const { args, kwargs, args_sha256: digest } = request
  if (args === undefined && kwargs === undefined) return {}
  if ((await argumentsDigest({ args, kwargs })) !== digest)
    throw new CallError('wamp.error.invalid_argument', ['args: are not what args_sha256 is of'])
  return { args: args ?? [], kwargs: kwargs ?? {} }
}

function confirmRequest(kwargs: Dict): ConfirmRequest {
  const { challenge, uri, args_sha256: digest, caller, session, expires_at: expiresAt } = kwargs
  const isText = [challenge, uri, digest, caller].every((each) => typeof each === 'string')
  const isSession = session === undefined || Number.isSafeInteger(session)
  if (!isText || !isSession || !Number.isSafeInteger(expiresAt))
    throw new CallError('wamp.error.invalid_argument', ['it is no request to confirm a call'])
  return kwargs as unknown as ConfirmRequest
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

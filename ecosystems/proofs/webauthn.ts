import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { decodeAttestationObject } from '@simplewebauthn/server/helpers'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
  VerifiedAuthenticationResponse,
  VerifiedRegistrationResponse,
} from '@simplewebauthn/server'
import { ProofError } from '../../proofs/proof-error.ts'
import type { Challenge } from './challenges.ts'
import { canonicalDigest } from './digest.ts'

/** Whose passkeys these are, as browsers see it. */
export interface RelyingParty {
  /** Domain of the page, or one above it, for instance `my.house`. Passkeys are bound to it for ever. */
  readonly rpId: string
  /** Where the page is, for instance `https://my.house`. */
  readonly origins: readonly string[]
  /** For people. */
  readonly name: string
}

/** A passkey as it is kept. */
export interface Passkey {
  /** Base64url. */
  readonly id: string
  /** COSE key in base64url. */
  readonly publicKey: string
  /** Uses that it has counted; 0 for the many that do not count. */
  readonly counter: number
  readonly transports: readonly string[]
}

/** EdDSA, ES256 and RS256 (COSE): what every browser's authenticators know. */
const algorithms = [-8, -7, -257]
const timeoutMs = 60_000
/** A response is some 2 kB; with an attestation that nobody asked for, some more. */
const maxResponseChars = 32_768
const maxTransports = 8

/**
 * WebAuthn (Level 3): passkeys of a person, always with user verification, so that one is two factors. What is signed
 * is bound to one call: the challenge is the digest of it, and the house computes it itself.
 */
export class Passkeys {
  readonly party: RelyingParty

  constructor(party: RelyingParty) {
    this.party = party
  }

  /** For `navigator.credentials.create`. `known`: the person's passkeys, of which none is made a second time. */
  registrationOptions(
    challenge: Challenge,
    person: { readonly id: string; readonly name: string },
    known: readonly Pick<Passkey, 'id' | 'transports'>[] = [],
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return generateRegistrationOptions({
      rpName: this.party.name,
      rpID: this.party.rpId,
      userID: new TextEncoder().encode(person.id),
      userName: person.id,
      userDisplayName: person.name,
      challenge: bytesOf(challenge),
      timeout: timeoutMs,
      attestationType: 'none',
      excludeCredentials: known.map(descriptor),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      supportedAlgorithmIDs: [...algorithms],
    })
  }

  /** The new passkey. `challenge` was taken out of `Challenges` for this. @throws ProofError */
  async register(response: unknown, challenge: Challenge, now: number): Promise<Passkey> {
    const checked = checkResponse(response) as unknown as RegistrationResponseJSON
    checkTime(challenge, now)
    let result: VerifiedRegistrationResponse
    try {
      checkAttestation(checked)
      result = await verifyRegistrationResponse({
        response: checked,
        expectedChallenge: text(challenge),
        expectedOrigin: [...this.party.origins],
        expectedRPID: this.party.rpId,
        expectedType: 'webauthn.create',
        requireUserPresence: true,
        requireUserVerification: true,
        supportedAlgorithmIDs: [...algorithms],
      })
    } catch (cause) {
      throw refused(cause)
    }
    if (!result.verified) throw refused(undefined)
    const { id, publicKey, counter, transports = [] } = result.registrationInfo.credential
    return {
      id,
      publicKey: Buffer.from(publicKey).toString('base64url'),
      counter,
      // Hints from the page, which nobody has signed.
      transports: transports
        .filter((each) => typeof each === 'string' && /^[a-z-]{1,20}$/.test(each))
        .slice(0, maxTransports),
    }
  }

  /** For `navigator.credentials.get`. */
  authenticationOptions(
    challenge: Challenge,
    known: readonly Pick<Passkey, 'id' | 'transports'>[],
  ): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return generateAuthenticationOptions({
      rpID: this.party.rpId,
      allowCredentials: known.map(descriptor),
      challenge: bytesOf(challenge),
      timeout: timeoutMs,
      userVerification: 'required',
    })
  }

  /**
   * Verifies that the holder of a passkey has confirmed the call of this challenge, which was taken out of
   * `Challenges` for it. Resolves with the counter to be kept. @throws ProofError
   */
  async verify(
    response: unknown,
    passkey: Passkey,
    challenge: Challenge,
    now: number,
  ): Promise<{ readonly counter: number }> {
    const checked = checkResponse(response) as unknown as AuthenticationResponseJSON
    checkTime(challenge, now)
    if (checked.id !== passkey.id) throw new ProofError('audience', 'it is of another passkey')
    let result: VerifiedAuthenticationResponse
    try {
      result = await verifyAuthenticationResponse({
        response: checked,
        expectedChallenge: text(challenge),
        expectedOrigin: [...this.party.origins],
        expectedRPID: this.party.rpId,
        expectedType: 'webauthn.get',
        requireUserVerification: true,
        credential: {
          id: passkey.id,
          publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
          // One that has counted before must have counted on: a copy would not know how far.
          counter: passkey.counter,
        },
      })
    } catch (cause) {
      throw refused(cause)
    }
    if (!result.verified) throw refused(undefined)
    return { counter: result.authenticationInfo.newCounter }
  }
}

/** What the authenticator signs: of this call, these arguments and this person, and so of no other. */
export function webauthnChallenge({ challenge, uri, argsSha256, caller }: Challenge): Buffer {
  return canonicalDigest({ challenge, uri, args_sha256: argsSha256, caller })
}

function bytesOf(challenge: Challenge): Uint8Array<ArrayBuffer> {
  return new Uint8Array(webauthnChallenge(challenge))
}

function text(challenge: Challenge): string {
  return webauthnChallenge(challenge).toString('base64url')
}

function descriptor({ id, transports }: Pick<Passkey, 'id' | 'transports'>): {
  readonly id: string
  readonly transports: string[]
} {
  return { id, transports: [...transports] }
}

function checkTime({ expiresAt }: Challenge, now: number): void {
  if (now >= expiresAt) throw new ProofError('expired', 'it is too old')
}

function checkResponse(response: unknown): object {
  let length = Infinity
  try {
    length = JSON.stringify(response)?.length ?? Infinity
  } catch {
    // What JSON cannot hold is no response: it is refused below.
  }
  if (typeof response !== 'object' || response === null || length > maxResponseChars)
    throw new ProofError(
      'malformed',
      `a response of at most ${maxResponseChars} characters is needed`,
    )
  return response
}

/**
 * None was asked for, and browsers send none then. Another one brings certificates, and with them addresses that the
 * verification would fetch.
 */
function checkAttestation({ response }: RegistrationResponseJSON): void {
  const bytes = Buffer.from(response.attestationObject, 'base64url')
  const format = decodeAttestationObject(new Uint8Array(bytes)).get('fmt')
  if (format !== 'none') throw new Error('an attestation was not asked for')
}

function refused(cause: unknown): ProofError {
  const why = cause instanceof Error ? cause.message : 'the signature does not hold'
  return new ProofError('signature', why, { cause })
}

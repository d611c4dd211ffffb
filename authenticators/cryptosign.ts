import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { DeviceRow } from '../ecosystems/store/store.ts'
import type { Attempt, Authenticator, Principal } from '../router/access.ts'
import { isHex, verifyEd25519 } from './ed25519.ts'
import type { StaticPrincipals } from './principals.ts'
import { denied } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'

/** What keys are checked against. */
export interface CryptosignParts {
  /** The devices by their key, in lower-case hex. */
  readonly devices: { byPublicKey(publicKey: string): DeviceRow | undefined }
  /** The realm's components. */
  readonly principals: Pick<StaticPrincipals, 'byPublicKey'>
  readonly log: AuthenticationLog
}

const keyBytes = 32
const signatureBytes = 64
const challengeBytes = 32

/**
 * WAMP-cryptosign (rfc/text/advanced/authentication_cryptosign.md): the key in HELLO.authextra.pubkey is the identity,
 * and signing our challenge proves it; HELLO.authid is not read. An unknown key is challenged like any other and
 * refused after it, so that nobody learns which keys there are without holding them.
 * Channel binding is answered with `null`: not offered.
 */
export function cryptosignAuthenticator(parts: CryptosignParts): Authenticator {
  const { devices, principals, log } = parts

  function refuse(reason: string, attempt: Attempt, details: object = {}): never {
    const { realm, session, peer } = attempt
    log('info', 'join denied', { reason, realm, session, address: peer.address, ...details })
    throw denied()
  }

  /** Asked only after the proof, and not remembered from HELLO: a device may fall in between. */
  function holderOf(publicKey: string, attempt: Attempt): Principal {
    const component = principals.byPublicKey(publicKey)
    if (component !== undefined) return component
    const device = devices.byPublicKey(publicKey)
    if (device === undefined) return refuse('key_unknown', attempt)
    const { id, status, realm, prefix } = device
    if (status !== 'active') return refuse(`device_${status}`, attempt, { device: id })
    if (realm !== attempt.realm) return refuse('device_of_another_realm', attempt, { device: id })
    return {
      kind: 'device',
      authid: id,
      authrole: 'device',
      authmethod: 'cryptosign',
      authprovider: 'latchkey',
      // A device that crashed between its enrolment and writing that down learns its place from this.
      authextra: { prefix },
    }
  }

  return {
    method: 'cryptosign',
    begin(request, attempt) {
      const { pubkey } = request.authextra
      if (!isHex(pubkey, keyBytes)) return refuse('key_malformed', attempt)
      const challenge = randomBytes(challengeBytes).toString('hex')
      const state: CryptosignChallenge = { publicKey: pubkey.toLowerCase(), challenge }
      return { challenge: true, extra: { challenge, channel_binding: null }, state }
    },
    verify({ signature }, { state }, _request, attempt) {
      if (!isChallenge(state)) throw new TypeError('the challenge came back without its state')
      if (!isHex(signature, signatureBytes + challengeBytes))
        return refuse('signature_malformed', attempt)
      const answer = Buffer.from(signature, 'hex')
      const challenge = Buffer.from(state.challenge, 'hex')
      // The answer brings its own message: unless that is what was asked, an answer overheard elsewhere would do.
      if (!timingSafeEqual(answer.subarray(signatureBytes), challenge))
        return refuse('message_is_not_our_challenge', attempt)
      const publicKey = Buffer.from(state.publicKey, 'hex')
      if (!verifyEd25519(publicKey, challenge, answer.subarray(0, signatureBytes)))
        return refuse('signature_wrong', attempt)
      return holderOf(state.publicKey, attempt)
    },
  }
}

/** What is kept between CHALLENGE and AUTHENTICATE; both in lower-case hex. */
interface CryptosignChallenge {
  readonly publicKey: string
  readonly challenge: string
}

function isChallenge(state: unknown): state is CryptosignChallenge {
  return typeof state === 'object' && state !== null && 'publicKey' in state && 'challenge' in state
}

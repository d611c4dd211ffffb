import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { DeviceRow } from '../ecosystems/store/store.ts'
import type { Attempt, Authenticator, JoinRequest, Principal } from '../router/access.ts'
import { bound, channelIdOf, type ChannelId } from './channel-id.ts'
import { devicePrincipal } from './device-principal.ts'
import { isHex, verifyEd25519, type SigningKey } from './ed25519.ts'
import type { StaticPrincipals } from './principals.ts'
import { denied } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'
import type { MayTell } from './unknown-names.ts'

/** What keys are checked against. */
export interface CryptosignParts {
  /** The devices by their key, in lower-case hex. */
  readonly devices: { byPublicKey(publicKey: string): DeviceRow | undefined }
  /** The realm's components. */
  readonly principals: Pick<StaticPrincipals, 'byPublicKey'>
  /** Keys by which people are known to the house itself. Absent: there are none. */
  readonly locals?: LocalKeys | undefined
  /** Asked whose key it is when neither knows it, once the proof was good. Throws WampError when it cannot tell. */
  readonly elsewhere?:
    ((request: JoinRequest, attempt: Attempt) => Promise<Principal | undefined>) | undefined
  readonly mayTell?: MayTell | undefined
  /** The router's own key: it proves itself with it to clients that ask. Absent: it does not. */
  readonly routerKey?: SigningKey | undefined
  readonly log: AuthenticationLog
}

/** Asked after the proof, and before whoever else knows keys. */
export interface LocalKeys {
  /** Whom the key is of; why he may not come by it, for the log; `undefined`: it is nobody's. */
  principalOf(publicKey: string, attempt: Attempt): Principal | string | undefined
}

const keyBytes = 32
const signatureBytes = 64
const challengeBytes = 32

/**
 * WAMP-cryptosign (rfc/text/advanced/authentication_cryptosign.md): the key in HELLO.authextra.pubkey is the identity,
 * and signing our challenge proves it; HELLO.authid is not read. An unknown key is challenged like any other and
 * refused after it, so that nobody learns which keys there are without holding them.
 * A channel binding that is not to be had is answered with `null`, and the join goes on without it: whether that is
 * good enough is the client's to say.
 */
export function cryptosignAuthenticator(parts: CryptosignParts): Authenticator {
  const { devices, principals, locals, elsewhere, routerKey, log } = parts

  function refuse(reason: string, attempt: Attempt, details: object = {}): never {
    const { realm, session, peer } = attempt
    log('info', 'join denied', { reason, realm, session, address: peer.address, ...details })
    throw denied()
  }

  function unknown({ authid }: JoinRequest, attempt: Attempt): never {
    if (authid !== undefined) parts.mayTell?.(authid)
    return refuse('key_unknown', attempt)
  }

  /** Asked only after the proof, and not remembered from HELLO: a device may fall in between. */
  function holderOf(
    publicKey: string,
    request: JoinRequest,
    attempt: Attempt,
  ): Principal | Promise<Principal> {
    const component = principals.byPublicKey(publicKey)
    if (component !== undefined) return component
    const device = devices.byPublicKey(publicKey)
    if (device === undefined) {
      const person = locals?.principalOf(publicKey, attempt)
      if (person !== undefined) return typeof person === 'string' ? refuse(person, attempt) : person
      if (elsewhere === undefined) return unknown(request, attempt)
      return elsewhere(request, attempt).then((found) => found ?? unknown(request, attempt))
    }
    const { id, status, realm } = device
    if (status === 'quarantined') return refuse(`device_${status}`, attempt, { device: id })
    if (realm !== attempt.realm) return refuse('device_of_another_realm', attempt, { device: id })
    return devicePrincipal(device, 'cryptosign')
  }

  /** The router's own proof, only for who asks for it: CHALLENGE.Extra.pubkey and signature. */
  function proofOfRouter(
    asked: unknown,
    channel: ChannelId | undefined,
    attempt: Attempt,
  ): { readonly pubkey: string; readonly signature: string } | undefined {
    if (asked === undefined || asked === null || routerKey === undefined) return undefined
    if (!isHex(asked, challengeBytes)) return refuse('challenge_malformed', attempt)
    const message = bound(Buffer.from(asked, 'hex'), channel)
    return { pubkey: routerKey.publicKey, signature: routerKey.sign(message) }
  }

  return {
    method: 'cryptosign',
    begin({ authextra }, attempt) {
      const { pubkey, channel_binding: type, challenge: asked } = authextra
      if (!isHex(pubkey, keyBytes)) return refuse('key_malformed', attempt)
      const challenge = randomBytes(challengeBytes)
      const channel = channelIdOf(attempt.peer, type)
      const state: CryptosignChallenge = {
        publicKey: pubkey.toLowerCase(),
        message: bound(challenge, channel),
      }
      return {
        challenge: true,
        extra: {
          challenge: challenge.toString('hex'),
          channel_binding: channel?.type ?? null,
          ...proofOfRouter(asked, channel, attempt),
        },
        state,
      }
    },
    verify({ signature }, { state }, request, attempt) {
      if (!isChallenge(state)) throw new TypeError('the challenge came back without its state')
      if (!isHex(signature, signatureBytes + challengeBytes))
        return refuse('signature_malformed', attempt)
      const answer = Buffer.from(signature, 'hex')
      const { message } = state
      // The answer brings its own message: unless that is what was asked, an answer overheard elsewhere would do.
      if (!timingSafeEqual(answer.subarray(signatureBytes), message))
        return refuse('message_is_not_our_challenge', attempt)
      const publicKey = Buffer.from(state.publicKey, 'hex')
      if (!verifyEd25519(publicKey, message, answer.subarray(0, signatureBytes)))
        return refuse('signature_wrong', attempt)
      return holderOf(state.publicKey, request, attempt)
    },
  }
}

/** What is kept between CHALLENGE and AUTHENTICATE. */
interface CryptosignChallenge {
  /** In lower-case hex. */
  readonly publicKey: string
  /** What is to be signed. */
  readonly message: Buffer
}

function isChallenge(state: unknown): state is CryptosignChallenge {
  return typeof state === 'object' && state !== null && 'publicKey' in state && 'message' in state
}

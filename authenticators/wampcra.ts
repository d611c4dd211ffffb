import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Attempt, Authenticator, ChallengeRequest, JoinRequest } from '../router/access.ts'
import { component } from './principals.ts'
import { denied } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'
import type { MayTell } from './unknown-names.ts'
import type { CraCredential } from './wampcra-keys.ts'

/** What signatures are checked against. */
export interface CraParts {
  readonly keys: {
    of(authid: string): CraCredential | undefined
    decoyOf(authid: string): CraCredential
  }
  /** Devices that have a secret, where the realm lets some in. */
  readonly devices?: { of(authid: string): CraCredential | undefined } | undefined
  /** Asked for names that are not configured. Throws WampError when it cannot tell. */
  readonly elsewhere?:
    ((request: JoinRequest, attempt: Attempt) => Promise<CraCredential | undefined>) | undefined
  readonly mayTell?: MayTell | undefined
  readonly clock: Clock
  readonly log: AuthenticationLog
}

const nonceBytes = 16

/**
 * WAMP-CRA, plain and salted (rfc/text/advanced/authentication_cra.md). The challenge names whom the session will be,
 * its id to come and the time, so a signature is good for one join alone. An unknown name is challenged like any other
 * and its answer checked against a key that nobody has.
 */
export function wampcraAuthenticator(parts: CraParts): Authenticator {
  const { keys, devices, elsewhere, clock, log } = parts

  function challengeWith(credential: CraCredential, { session }: Attempt): ChallengeRequest {
    const { authid, authrole, authprovider, salting } = credential
    const challenge = JSON.stringify({
      authid,
      authrole,
      authmethod: 'wampcra',
      authprovider,
      nonce: randomBytes(nonceBytes).toString('base64url'),
      timestamp: new Date(clock.now()).toISOString(),
      session,
    })
    const state: CraChallenge = { credential, challenge }
    return { challenge: true, extra: { challenge, ...salting }, state }
  }

  return {
    method: 'wampcra',
    // Without a name there is nobody whose secret could be used: the client's next method is tried.
    accepts: ({ authid }) => authid !== undefined,
    begin(request, attempt) {
      const { authid } = request
      if (authid === undefined) throw denied()
      const known = keys.of(authid) ?? devices?.of(authid)
      if (known !== undefined) return challengeWith(known, attempt)
      if (elsewhere === undefined) {
        parts.mayTell?.(authid)
        return challengeWith(keys.decoyOf(authid), attempt)
      }
      return elsewhere(request, attempt).then((found) => {
        if (found === undefined) parts.mayTell?.(authid)
        return challengeWith(found ?? keys.decoyOf(authid), attempt)
      })
    },
    verify({ signature }, { state }, _request, { realm, session, peer }) {
      if (!isChallenge(state)) throw new TypeError('the challenge came back without its state')
      const { credential, challenge } = state
      const expected = createHmac('sha256', credential.key).update(challenge).digest('base64')
      if (!sameText(expected, signature) || credential.decoy === true) {
        const reason = credential.decoy === true ? 'name_unknown' : 'signature_wrong'
        log('info', 'join denied', { reason, realm, session, address: peer.address })
        throw denied()
      }
      const { authid, authrole, authprovider, holder } = credential
      if (holder !== undefined) {
        const device = holder()
        if (device !== undefined) return device
        log('info', 'join denied', { reason: 'device_fallen', realm, session, device: authid })
        throw denied()
      }
      return { ...component(authid, authrole, 'wampcra'), authprovider }
    },
  }
}

/** In the same time whatever is different, and however long the texts are. */
function sameText(expected: string, found: string): boolean {
  const [one, other] = [expected, found].map((text) => createHash('sha256').update(text).digest())
  return one !== undefined && other !== undefined && timingSafeEqual(one, other)
}

/** What is kept between CHALLENGE and AUTHENTICATE. */
interface CraChallenge {
  readonly credential: CraCredential
  readonly challenge: string
}

function isChallenge(state: unknown): state is CraChallenge {
  return (
    typeof state === 'object' && state !== null && 'credential' in state && 'challenge' in state
  )
}

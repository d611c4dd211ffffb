import assert from 'node:assert/strict'
import type {
  Attempt,
  AuthenticationStep,
  Authenticator,
  ChallengeRequest,
  JoinRequest,
  PeerFacts,
  Principal,
} from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import { emptyDict } from '../../router/wire/message.ts'
import type { Dict } from '../../router/wire/message.ts'

/** A join as the engine would hand it to an authenticator. */
export function joining(
  given: { authid?: string; authextra?: Dict; realm?: string; peer?: Partial<PeerFacts> } = {},
): { request: JoinRequest; attempt: Attempt } {
  const { authid, authextra = emptyDict, realm = 'home', peer } = given
  return {
    request: { realm, authid, authextra, details: emptyDict },
    attempt: {
      session: 1234567,
      realm,
      peer: { transport: 'websocket', address: '127.0.0.1', operator: false, ...peer },
    },
  }
}

export function isChallengeRequest(step: AuthenticationStep): step is ChallengeRequest {
  return 'challenge' in step
}

/** Plays HELLO and AUTHENTICATE; `sign` answers the challenge. */
export async function join(
  authenticator: Authenticator,
  given: Parameters<typeof joining>[0],
  sign: (extra: Dict) => string,
): Promise<Principal> {
  const { request, attempt } = joining(given)
  const step = await authenticator.begin(request, attempt)
  assert(isChallengeRequest(step), 'a challenge was due')
  const answer = { signature: sign(step.extra), extra: emptyDict }
  const principal = await authenticator.verify?.(answer, step, request, attempt)
  assert(principal !== undefined && !isChallengeRequest(principal), 'a principal was due')
  return principal
}

/** Expects a refusal with this URI and, as for all refusals of its kind, one constant message. */
export async function refusedWith(
  uri: 'wamp.error.authentication_denied' | 'wamp.error.authentication_failed',
  joined: () => Promise<unknown>,
): Promise<void> {
  await assert.rejects(joined, (error: unknown) => {
    assert(error instanceof WampError, String(error))
    assert.equal(error.uri, uri)
    const message = {
      'wamp.error.authentication_denied': 'the proof does not hold',
      'wamp.error.authentication_failed': 'the proof cannot be checked at present',
    }[uri]
    assert.equal(error.message, message)
    assert.equal(error.kwargs, undefined)
    return true
  })
}

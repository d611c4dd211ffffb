import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Attempt, Authenticator, ChallengeRequest } from '../router/access.ts'
import type { Dict } from '../router/wire/message.ts'
import { WampError } from '../router/wire/errors.ts'
import { component } from './principals.ts'
import { denied } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'
import { saslprep } from './saslprep.ts'
import type { ScramCredential, ScramKeys } from './scram-keys.ts'
import {
  authMessage,
  channelBindingAttribute,
  escapeName,
  fromBase64,
  proofHolds,
  serverSignature,
} from './scram-messages.ts'
import type { MayTell } from './unknown-names.ts'

/** What proofs are checked against. */
export interface ScramParts {
  readonly keys: Pick<ScramKeys, 'of' | 'decoyOf'>
  readonly mayTell?: MayTell | undefined
  readonly log: AuthenticationLog
}

/** In what the two methods differ: which is one name each, as no client could tell them apart under one. */
interface Dialect {
  readonly method: string
  /** CHALLENGE.Extra besides the nonce. */
  challenge(credential: ScramCredential): Dict
  /** The name in the AuthMessage. */
  name(authid: string): string
  /** The attribute `c`. */
  channelBinding(binding: Binding): string
  /** Whether AUTHENTICATE.Extra repeats nonce and channel binding, so that it can be checked. */
  readonly repeats: boolean
  /** WELCOME.Details.authextra. */
  proven(signature: string): Dict
}

/** What binds the exchange to the transport: `null` and nothing where the client asked for none. */
interface Binding {
  readonly type: string | null
  readonly data: Buffer
}

const unbound: Binding = { type: null, data: Buffer.alloc(0) }
const nonceBytes = 16
const longestNonce = 256

/** The specification's (rfc/text/advanced/authentication_scram.md). */
const standard: Dialect = {
  method: 'wamp-scram',
  challenge: ({ salt, kdf, iterations, memory }) => ({ salt, kdf, iterations, memory }),
  name: escapeName,
  channelBinding: ({ type, data }) => channelBindingAttribute(type, data),
  repeats: true,
  proven: (verifier) => ({ verifier }),
}

/** autobahn's: other names, no channel binding, nothing repeated, and it refuses a CHALLENGE with any other key. */
const autobahn: Dialect = {
  method: 'scram',
  challenge: ({ salt, iterations, memory }) => ({ salt, kdf: 'argon2id-13', iterations, memory }),
  name: saslprep,
  channelBinding: () => '',
  repeats: false,
  proven: (signature) => ({ scram_server_signature: signature }),
}

/** WAMP-SCRAM as the specification has it, by the name `wamp-scram`. */
export function wampScramAuthenticator(parts: ScramParts): Authenticator {
  return scramAuthenticator(standard, parts)
}

/** SCRAM as autobahn speaks it, by the name `scram`. */
export function scramAuthenticatorOfAutobahn(parts: ScramParts): Authenticator {
  return scramAuthenticator(autobahn, parts)
}

/**
 * The router keeps no password and sees none: the client proves that it has it, and the router that it has the keys
 * made of it. An unknown name is challenged like any other, each time with the same salt, and refused like a wrong
 * password: not as `unknown-user`.
 */
function scramAuthenticator(dialect: Dialect, { keys, mayTell, log }: ScramParts): Authenticator {
  function refuse(reason: string, scram: string, { realm, session, peer }: Attempt): never {
    log('info', 'join denied', { reason, realm, session, address: peer.address })
    const { uri, message } = denied()
    throw new WampError(uri, message, { details: { scram } })
  }

  return {
    method: dialect.method,
    accepts: ({ authid, authextra }) => authid !== undefined && 'nonce' in authextra,
    begin({ authid, authextra }, attempt): ChallengeRequest {
      const { nonce: clientNonce, channel_binding: type } = authextra
      const bytes = fromBase64(clientNonce)
      if (typeof clientNonce !== 'string' || bytes === undefined || bytes.length === 0)
        return refuse('nonce_malformed', 'invalid-encoding', attempt)
      if (clientNonce.length > longestNonce)
        return refuse('nonce_too_long', 'invalid-encoding', attempt)
      const name = authid === undefined ? undefined : prepared(authid)
      if (authid === undefined || name === undefined)
        return refuse('name_malformed', 'invalid-username-encoding', attempt)
      const binding = dialect.repeats ? bindingFor(type, attempt) : unbound
      const known = keys.of(name)
      if (known === undefined) mayTell?.(name)
      const credential = known ?? keys.decoyOf(name)
      const nonce = clientNonce + randomBytes(nonceBytes).toString('base64')
      const message = authMessage({
        name: dialect.name(authid),
        clientNonce,
        nonce,
        salt: credential.salt,
        iterations: credential.iterations,
        channelBinding: dialect.channelBinding(binding),
      })
      const state: ScramState = { credential, nonce, binding, message }
      return { challenge: true, extra: { nonce, ...dialect.challenge(credential) }, state }
    },
    verify({ signature, extra }, { state }, _request, attempt) {
      if (!isState(state)) throw new TypeError('the challenge came back without its state')
      const { credential, nonce, binding, message } = state
      if (dialect.repeats) {
        if (extra['nonce'] !== nonce) return refuse('nonce_of_another', 'other-error', attempt)
        if (!sameBinding(extra, binding))
          return refuse('channel_binding_of_another', 'channel-bindings-dont-match', attempt)
      }
      const proof = fromBase64(signature)
      if (proof === undefined) return refuse('proof_malformed', 'invalid-encoding', attempt)
      const holds = proofHolds(proof, credential.keys, message)
      if (credential.decoy === true) return refuse('name_unknown', 'invalid-proof', attempt)
      if (!holds) return refuse('proof_wrong', 'invalid-proof', attempt)
      return {
        ...component(credential.authid, credential.authrole, dialect.method),
        authextra: dialect.proven(serverSignature(credential.keys, message)),
      }
    },
  }
}

/** What was asked for and is not there ends the join (the specification's MUST): less would be a downgrade. */
function bindingFor(type: unknown, { peer }: Attempt): Binding {
  if (type === undefined || type === null) return unbound
  const data = typeof type === 'string' ? peer.channelBinding?.(type) : undefined
  if (typeof type === 'string' && data !== undefined) return { type, data: Buffer.from(data) }
  const scram =
    peer.channelBinding === undefined
      ? 'channel-binding-not-supported'
      : 'unsupported-channel-binding-type'
  throw new WampError('wamp.error.authentication_failed', 'no such channel binding here', {
    details: { scram },
  })
}

function prepared(authid: string): string | undefined {
  try {
    return saslprep(authid)
  } catch {
    // What is no name names nobody: refused as such by the caller.
    return undefined
  }
}

/** Whether AUTHENTICATE repeats the binding of HELLO, with data exactly where there is one. */
function sameBinding(extra: Dict, { type, data }: Binding): boolean {
  if ((extra['channel_binding'] ?? null) !== type) return false
  const found = extra['cbind_data'] ?? null
  if (type === null || found === null) return type === null && found === null
  const bytes = fromBase64(found)
  return bytes?.length === data.length && timingSafeEqual(bytes, data)
}

/** What is kept between CHALLENGE and AUTHENTICATE. */
interface ScramState {
  readonly credential: ScramCredential
  readonly nonce: string
  readonly binding: Binding
  readonly message: string
}

function isState(state: unknown): state is ScramState {
  return typeof state === 'object' && state !== null && 'credential' in state && 'nonce' in state
}

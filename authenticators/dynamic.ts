import type { Attempt, JoinRequest, Principal } from '../router/access.ts'
import { WampError } from '../router/wire/errors.ts'
import { isDict, type Dict } from '../router/wire/message.ts'
import type { PayloadValues } from '../router/wire/payload.ts'
import type { StaticPrincipals } from './principals.ts'
import { notChecked } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'
import { keyOf, type CraCredential } from './wampcra-keys.ts'

/** What the component is asked: the positional arguments of its procedure. */
export type AuthenticatorQuestion = readonly [realm: string, authid: string | null, details: Dict]

/** What a dynamic authenticator needs. */
export interface DynamicParts {
  /** Calls the procedure. Throws what the call ends with; bounded in time. */
  readonly ask: (question: AuthenticatorQuestion) => Promise<PayloadValues>
  /** Roles that nobody may be given by a component. */
  readonly ownRoles: readonly string[]
  /** The realm's configured components: nobody may be given the name of one. */
  readonly principals: Pick<StaticPrincipals, 'has'>
  readonly log: AuthenticationLog
}

/** ERROR URIs under `wamp.` by which a component says no; by others it, or the way to it, is broken. */
const refusals: ReadonlySet<string> = new Set([
  'wamp.error.authentication_denied',
  'wamp.error.no_such_principal',
  'wamp.error.no_such_role',
  'wamp.error.not_authorized',
  'wamp.error.authorization_denied',
])

const longestAuthid = 256
/** Costlier derivations would be done at every join. */
const mostIterations = 100_000

/**
 * A component that says who somebody is: its procedure gets (realm, authid, details), and answers with a role, with
 * `{role, authid?, extra?, …}`, or with null or an ERROR for no. It decides about names and keys that the
 * configuration does not know; what it cannot do is let somebody pass for a party of the router's own or of the
 * configuration. What is no answer refuses the join as `wamp.error.authentication_failed`.
 */
export class DynamicAuthenticator {
  readonly #parts: DynamicParts

  constructor(parts: DynamicParts) {
    this.#parts = parts
  }

  /** Who has proven by `method` to be this. `proof` goes into the details. `undefined`: nobody. */
  async principal(
    method: string,
    request: JoinRequest,
    attempt: Attempt,
    proof?: Dict,
  ): Promise<Principal | undefined> {
    const answer = await this.#ask(method, request, attempt, proof)
    if (answer === undefined) return undefined
    const { authid, authrole } = this.#who(answer, request)
    const { extra } = answer
    return {
      kind: 'component',
      authid,
      authrole,
      authmethod: method,
      authprovider: 'dynamic',
      ...(isDict(extra) && { authextra: extra }),
    }
  }

  /** The secret of a name, for wampcra: the answer holds `secret`, or the derived `key` with its `salt`. */
  async craCredential(request: JoinRequest, attempt: Attempt): Promise<CraCredential | undefined> {
    const answer = await this.#ask('wampcra', request, attempt)
    if (answer === undefined) return undefined
    const who = this.#who(answer, request)
    const { secret, key, salt, keylen = 32, iterations = 1_000 } = answer
    if (!isCount(keylen, 64) || !isCount(iterations, mostIterations)) {
      throw this.#broken(`keylen or iterations is no number up to 64 and ${mostIterations}`)
    }
    if ((text(secret) === undefined) === (text(key) === undefined))
      throw this.#broken('one of secret and key is needed for wampcra')
    if (text(key) !== undefined && text(salt) === undefined)
      throw this.#broken('key needs the salt that it was derived with')
    const shared = { secret: text(secret), key: text(key), salt: text(salt), keylen, iterations }
    return { ...who, authprovider: 'dynamic', ...(await keyOf(shared)) }
  }

  /** `undefined`: the component says no. */
  async #ask(
    method: string,
    { authid, authextra, details }: JoinRequest,
    { realm, session, peer }: Attempt,
    proof?: Dict,
  ): Promise<Dict | undefined> {
    const { agent, authrole, transport } = details
    const question = [
      realm,
      authid ?? null,
      {
        authmethod: method,
        authextra,
        session,
        // With `auth`, as the transport has it.
        transport: { ...(transport as Dict), type: peer.transport, peer: peer.address },
        ...(typeof authrole === 'string' && { authrole }),
        ...(typeof agent === 'string' && { agent }),
        ...proof,
      },
    ] as const
    let values: PayloadValues
    try {
      values = await this.#parts.ask(question)
    } catch (error) {
      const uri = error instanceof WampError ? error.uri : ''
      if (uri !== '' && (refusals.has(uri) || !uri.startsWith('wamp.'))) return undefined
      throw this.#broken(String(error), error)
    }
    const answer = values.args?.[0] ?? values.kwargs
    if (typeof answer === 'string') return { role: answer }
    if (answer === undefined || answer === false) return undefined
    if (isDict(answer)) return answer
    throw this.#broken('the answer is neither a role, nor a dictionary, nor null')
  }

  #who(answer: Dict, request: JoinRequest): { authid: string; authrole: string } {
    const { role, realm } = answer
    const authid = answer['authid'] ?? request.authid
    const { ownRoles, principals } = this.#parts
    if (typeof role !== 'string' || role === '') throw this.#broken('the answer has no role')
    if (ownRoles.includes(role)) throw this.#broken(`the role ${role} is the router's to give`)
    if (typeof authid !== 'string' || authid === '' || authid.length > longestAuthid)
      throw this.#broken('neither the answer nor the client says an authid')
    if (principals.has(authid)) throw this.#broken(`the name ${authid} is a configured component's`)
    if (realm !== undefined && realm !== null && realm !== request.realm)
      throw this.#broken('the answer names another realm')
    return { authid, authrole: role }
  }

  #broken(detail: string, cause?: unknown): WampError {
    this.#parts.log('error', 'a dynamic authenticator failed; the join is refused', { detail })
    return notChecked(cause)
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most
}

import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type {
  Attempt,
  Authenticator,
  AuthenticationStep,
  JoinRequest,
  Principal,
} from '../router/access.ts'
import { WampError } from '../router/wire/errors.ts'
import { denied } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'
import { Totp } from './totp.ts'

/** What is asked of a component besides its first proof: one of the three. */
export interface SecondFactor {
  readonly ticket?: string | undefined
  /** Its SHA-256, in hex. */
  readonly ticketSha256?: string | undefined
  /** Secret of codes that change with time, in base32. */
  readonly totp?: string | undefined
}

/** One second factor: which it is, and whether an answer is right. */
interface Factor {
  readonly name: 'ticket' | 'totp'
  holds(answer: string): boolean
}

/** By which method a second factor is asked for. A client that does not offer it cannot answer. */
const method = 'ticket'

/** The second factors of a realm's components. */
export class SecondFactors {
  readonly #byAuthid = new Map<string, Factor>()

  constructor(
    principals: readonly {
      readonly authid: string
      readonly second?: SecondFactor | undefined
    }[],
    clock: Clock,
  ) {
    for (const { authid, second } of principals)
      if (second !== undefined) this.#byAuthid.set(authid, factorOf(second, clock))
  }

  get size(): number {
    return this.#byAuthid.size
  }

  of({ kind, authid }: Principal): Factor | undefined {
    return kind === 'component' ? this.#byAuthid.get(authid) : undefined
  }
}

/**
 * Two rounds of CHALLENGE and AUTHENTICATE (rfc/text/advanced/authentication.md): after a component's first proof,
 * whatever its method, what `factors` has for it is asked for as a `ticket`; CHALLENGE.Extra.second_factor says what.
 * Only who holds the first learns that there is a second.
 */
export function withSecondRound(
  first: Authenticator,
  factors: SecondFactors,
  log: AuthenticationLog,
): Authenticator {
  function taken(step: AuthenticationStep, { details }: JoinRequest): AuthenticationStep {
    if ('challenge' in step) return step
    const factor = factors.of(step)
    if (factor === undefined) return step
    const offered = details['authmethods']
    if (!Array.isArray(offered) || !offered.includes(method)) {
      const text = `a second proof is needed, by the method ${method}`
      throw new WampError('wamp.error.no_matching_auth_method', text)
    }
    const state = new SecondRound(step, factor)
    return { challenge: true, method, extra: { second_factor: factor.name }, state }
  }

  function answered(signature: string, { principal, factor }: SecondRound, attempt: Attempt) {
    if (factor.holds(signature)) return principal
    const { realm, session, peer } = attempt
    const { authid } = principal
    log('info', 'join denied', {
      reason: 'second_factor_wrong',
      realm,
      session,
      address: peer.address,
      authid,
    })
    throw denied()
  }

  return {
    ...first,
    begin(request, attempt) {
      const step = first.begin(request, attempt)
      return step instanceof Promise
        ? step.then((found) => taken(found, request))
        : taken(step, request)
    },
    verify(answer, challenge, request, attempt) {
      if (challenge.state instanceof SecondRound)
        return answered(answer.signature, challenge.state, attempt)
      if (first.verify === undefined) throw new TypeError(`${first.method} cannot verify`)
      const step = first.verify(answer, challenge, request, attempt)
      return step instanceof Promise
        ? step.then((found) => taken(found, request))
        : taken(step, request)
    },
  }
}

/** What is kept between the second CHALLENGE and its AUTHENTICATE. */
class SecondRound {
  readonly principal: Principal
  readonly factor: Factor

  constructor(principal: Principal, factor: Factor) {
    this.principal = principal
    this.factor = factor
  }
}

function factorOf({ ticket, ticketSha256, totp }: SecondFactor, clock: Clock): Factor {
  if (totp !== undefined) {
    const codes = new Totp(totp, clock)
    return { name: 'totp', holds: (answer) => codes.take(answer) }
  }
  const expected = ticket === undefined ? Buffer.from(ticketSha256 ?? '', 'hex') : digestOf(ticket)
  if (expected.length !== 32) throw new TypeError('second needs ticket, ticketSha256 or totp')
  return { name: 'ticket', holds: (answer) => timingSafeEqual(digestOf(answer), expected) }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

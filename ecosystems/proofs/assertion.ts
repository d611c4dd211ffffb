import { randomBytes } from 'node:crypto'
import type { Arguments } from '../../proofs/arguments.ts'
import { assertionLifetimeS, proofTypes, type AssertionClaims } from '../../proofs/claims.ts'
import type { Clock } from '../../clock.ts'
import { argumentsDigest } from './digest.ts'
import type { HouseKey } from './house-key.ts'

/** Who is told of in an assertion: a person by id, others as `kind:id`. */
export interface Asserted {
  readonly device: string
  readonly subject: string
  readonly actor?: string | undefined
  readonly level: number
  readonly acr: string
}

/** Makes the house's word on one message: for `Details._authz`. */
export class Assertions {
  readonly #key: HouseKey
  readonly #clock: Clock

  constructor({ key, clock }: { readonly key: HouseKey; readonly clock: Clock }) {
    this.#key = key
    this.#clock = clock
  }

  /** @throws ProofError `arguments` when the arguments have no form that is the same everywhere */
  sign({ device, subject, actor, level, acr }: Asserted, uri: string, values: Arguments): string {
    const iat = Math.floor(this.#clock.now() / 1_000)
    const claims: AssertionClaims = {
      iss: this.#key.kid,
      aud: device,
      sub: subject,
      ...(actor !== undefined && { act: { sub: actor } }),
      level,
      acr,
      uri,
      args_sha256: argumentsDigest(values),
      jti: randomBytes(16).toString('base64url'),
      iat,
      exp: iat + assertionLifetimeS,
    }
    return this.#key.sign(proofTypes.assertion, claims)
  }
}

/** How parties are named in what is signed. */
export function partyName(kind: string, id: string): string {
  return kind === 'person' ? id : `${kind}:${id}`
}

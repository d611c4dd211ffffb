import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { VerifiedToken } from '../ecosystems/issuers.ts'
import type { HouseProofs } from '../ecosystems/proofs/house-proofs.ts'
import type { Principal } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import type { Peer } from '../router/peer.ts'
import type { Realm } from '../router/realm.ts'
import type { Router } from '../router/router.ts'
import type { Dict } from '../router/wire/message.ts'
import type { AuthorityServices } from './authority-services.ts'
import type { CapabilityAction } from './uris.ts'

/** What `latchkey.authz.check` tells of a decision. */
export interface Explanation {
  readonly allow: boolean
  /** Name of the check that decided. */
  readonly check: string
  /** One sentence for people. */
  readonly reason: string
  /** Where the decision fell; absent where no ecosystem decided. */
  readonly ecosystem?: string
  /** The subject's level there; absent without a grant. */
  readonly level?: number
  /** The level that was needed there. */
  readonly required?: number
  /** Id of the grant that gave the level. */
  readonly grant?: string
}

/** What all procedures of a router share. */
export interface Services {
  readonly ecosystems: Ecosystems
  /** The house's key, and what signatures of its people are checked against. */
  readonly proofs: HouseProofs
  readonly router: Router
  /** The house's authorization server. Absent: the configuration has none. */
  readonly authority?: AuthorityServices | undefined
  readonly clock: Clock
  readonly log: EngineLog
  /** Version of the product, for instance `0.1.0`. */
  readonly version: string
  /** When the router started, in milliseconds since the epoch. */
  readonly startedAt: number
  /**
   * Verifies an ID token as at a join of `realm`.
   * @throws WampError `wamp.error.authentication_denied` or `authentication_failed`
   */
  readonly verifyToken: (token: string, realm: string) => Promise<Principal>
  /** Whether a provider is known not to answer. */
  readonly isUnreachable: (issuer: string) => boolean
  /** What an ID token proves, of whomever it is: nobody comes by it. @throws as `verifyToken` */
  readonly proofOfToken: (token: string) => Promise<VerifiedToken>
  /** Decides as the authorizer would for a person or a device, without any effect. */
  readonly explain: (
    subject: { readonly kind: 'person' | 'device'; readonly id: string },
    realm: string,
    action: CapabilityAction | 'register',
    uri: string,
  ) => Explanation | Promise<Explanation>
}

/** What one call of a procedure may use. */
export interface ProcedureContext extends Services {
  /** The realm in which the call came: only its ecosystems and devices are seen. */
  readonly realm: Realm
  /** The session that calls, with its proven principal. */
  readonly caller: Peer
}

/** Who may call a procedure. */
export interface Right<Input> {
  /** Names the right in the record and in the reference. */
  readonly name: string
  /** Whether such a caller can have the right at all. Asked before the input is looked at. */
  admits(caller: Principal): boolean
  /** Whether the caller has it for this input. Says the same of what is not there as of what is not the caller's. */
  permits(input: Input, context: ProcedureContext): boolean
}

/** What the command line needs to know beyond the input's schema. */
export interface CommandLine {
  /** Keys that are given by position, in this order. */
  readonly positional?: readonly string[]
  /** Key of the result that says yes or no: at no the command ends as one that was denied. */
  readonly verdict?: string
  /** For devices and apps: there is no command. */
  readonly hidden?: boolean
  /** Keys of a listed row that people see, in this order; absent: all. */
  readonly columns?: readonly string[]
  /** Keys of a result whose lists are printed one item a line. */
  readonly lines?: readonly string[]
}

/**
 * One procedure of Latchkey's own: what it is called, takes, needs and does. Everything else is made from this:
 * validation, the command and its help, and the reference.
 */
export interface Definition<Input extends z.ZodObject> {
  /** `latchkey.<noun>.<verb>` */
  readonly uri: string
  /** One sentence, in the imperative. */
  readonly summary: string
  /** A `z.strictObject` whose keys are all described. */
  readonly input: Input
  readonly right: Right<z.output<Input>>
  /**
   * Whether it changes anything: what does is recorded in the audit. A result with `changed: false` says that this
   * once everything was as asked already.
   */
  readonly changes: boolean
  /** Keys of the input whose values must never be repeated: not in an error, a log or the record. */
  readonly secrets?: readonly string[]
  readonly cli?: CommandLine
  /** The id or URI that a call was about, for the record. Never a secret. */
  target?(input: z.output<Input>, result: Dict | undefined): string
  /** @throws DomainError, WampError */
  handle(input: z.output<Input>, context: ProcedureContext): Dict | Promise<Dict>
}

/** A definition whose input's type is no longer known: `input` alone says what `handle` takes. */
export type Procedure = Definition<z.ZodObject>

/** Checks a definition's types, and forgets them: procedures of all inputs go into one catalogue. */
export function procedure<Input extends z.ZodObject>(definition: Definition<Input>): Procedure {
  return definition
}

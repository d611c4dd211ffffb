import type { Evidence } from '../ecosystems/evidence.ts'
import { IssuerUnreachable, TokenRejected } from '../ecosystems/issuers.ts'
import type { VerifiedToken } from '../ecosystems/issuers.ts'
import type { PersonRow, ProvisioningCodeRow } from '../ecosystems/store/store.ts'
import type { Attempt, Authenticator, JoinRequest, Principal } from '../router/access.ts'
import { emptyDict } from '../router/wire/message.ts'
import { codePrefix, isToken } from './principals.ts'
import type { StaticPrincipals } from './principals.ts'
import { denied, notChecked } from './refusals.ts'
import type { AuthenticationLog } from './refusals.ts'
import type { MayTell } from './unknown-names.ts'

/** What tickets are checked against. */
export interface TicketParts {
  readonly issuers: {
    verify(token: string): Promise<VerifiedToken>
    readonly cutoffs: { cuts(token: VerifiedToken): boolean }
  }
  /** Tokens without a form of their own, about which their provider is asked. Absent: there are none. */
  readonly opaque?: OpaqueTickets | undefined
  /** Tokens that the house itself gave to requesting parties (UMA 2.0). Absent: there are none. */
  readonly rpts?: RptTickets | undefined
  readonly ecosystems: {
    readonly people: {
      byIdentity(issuer: string, subject: string): PersonRow | undefined
      /** Why nobody can be this person by such a proof, if so. */
      barred(id: string, evidence: Evidence): string | undefined
      /** Finds or makes the person; resolves when it will survive a power cut. */
      admit(identity: { issuer: string; subject: string; name?: string }): Promise<PersonRow>
    }
    /** Absent: nothing waits for anybody. */
    readonly invites?: {
      claim(
        person: string,
        signIn: { issuer: string; subject: string; email?: string },
      ): Promise<unknown>
    }
    readonly provisioning: { check(code: string): ProvisioningCodeRow | undefined }
  }
  /** The realm's components. */
  readonly principals: Pick<StaticPrincipals, 'byTicket' | 'has'>
  /** Asked about tickets that are none of the above, unless the configuration has the name. */
  readonly elsewhere?:
    | ((request: JoinRequest, attempt: Attempt, ticket: string) => Promise<Principal | undefined>)
    | undefined
  readonly mayTell?: MayTell | undefined
  readonly log: AuthenticationLog
}

/** Asks providers about opaque access tokens (RFC 7662). */
export interface OpaqueTickets {
  /** Whether a ticket may be such a token: of this issuer, or of the only provider that can be asked. */
  accepts(issuer: string | undefined): boolean
  /** `hold`: sessions of this person whose principal has this very evidence end with the token. */
  verify(
    token: string,
    issuer: string | undefined,
  ): Promise<{ readonly token: VerifiedToken; hold(person: string, evidence: object): void }>
}

/** Tokens of the house's own authorization server. */
export interface RptTickets {
  /** They begin so. */
  readonly prefix: string
  /** The party of that token, bound to what it permits; `undefined`: it is good for nothing in this realm. */
  rptPrincipal(token: string, realm: string): Promise<Principal | undefined>
}

/** WAMP's `ticket`, with what a token proves made available without a join, for a session that is renewed. */
export interface TicketAuthenticator extends Authenticator {
  /**
   * The person whose ID token this is, or whose access token; a first sign-in makes the person.
   * @throws WampError `wamp.error.authentication_denied` or `wamp.error.authentication_failed`
   */
  personOfToken(token: string): Promise<Principal>
  /**
   * What an ID token proves, of whomever it is: nobody comes by it.
   * @throws as `personOfToken`
   */
  proofOfToken(token: string): Promise<VerifiedToken>
}

/**
 * One secret in AUTHENTICATE.Signature (rfc/text/advanced/authentication_ticket.md): the ID token of a person, a
 * provisioning code of a device that has no key yet, the ticket of a component in the configuration, or the access
 * token of a person. What it is shows in its form; HELLO.authid names only a component, else it is a hint that nothing
 * rests on; HELLO.authextra.issuer names the provider of an access token.
 */
export function ticketAuthenticator(parts: TicketParts): TicketAuthenticator {
  const { issuers, opaque, rpts, ecosystems, principals, elsewhere, log } = parts

  async function personOfToken(token: string, where: object = {}): Promise<Principal> {
    if (!isToken(token) && opaque !== undefined) return personOfOpaque(token, undefined, where)
    return principalOf(await checked(() => issuers.verify(token), where), where)
  }

  async function personOfOpaque(
    ticket: string,
    issuer: string | undefined,
    where: object,
  ): Promise<Principal> {
    const proof = await checked(async () => {
      if (opaque === undefined) throw new TokenRejected('malformed', 'no provider can be asked')
      return opaque.verify(ticket, issuer)
    }, where)
    const principal = await principalOf(proof.token, where)
    if (principal.evidence !== undefined) proof.hold(principal.authid, principal.evidence)
    return principal
  }

  async function principalOf(proof: VerifiedToken, where: object): Promise<Principal> {
    const person = await personOf(proof)
    const evidence = evidenceIn(proof)
    const refuseBarred = (): void => {
      const isCut = issuers.cutoffs.cuts(proof)
      const reason = isCut ? 'token_revoked' : ecosystems.people.barred(person.id, evidence)
      if (reason === undefined) return
      log('info', 'token denied', { reason, person: person.id, ...where })
      throw denied()
    }
    refuseBarred()
    await welcome(person, proof)
    // It took its time: whoever was shut out meanwhile is not to be renewed by this.
    refuseBarred()
    return {
      kind: 'person',
      authid: person.id,
      authrole: 'person',
      authmethod: 'ticket',
      authprovider: proof.issuer,
      expiresAt: proof.expiresAt,
      evidence,
    }
  }

  /** Invites wait for a sign-in that proves whose they are. One that cannot be kept now waits for the next. */
  async function welcome(
    { id }: PersonRow,
    { issuer, subject, email }: VerifiedToken,
  ): Promise<void> {
    try {
      await ecosystems.invites?.claim(id, {
        issuer,
        subject,
        ...(email !== undefined && { email }),
      })
    } catch (error) {
      log('error', 'what waits for a person cannot be kept', { person: id, detail: String(error) })
    }
  }

  async function checked<Proof>(check: () => Promise<Proof>, where: object): Promise<Proof> {
    try {
      return await check()
    } catch (error) {
      if (error instanceof TokenRejected) {
        const reason = `token_${error.code}`
        log('info', 'token denied', { reason, detail: error.message, ...where })
        throw denied(error)
      }
      if (error instanceof IssuerUnreachable)
        log('warn', 'tokens cannot be checked', { issuer: error.issuer, detail: error.message })
      else log('error', 'tokens cannot be checked', { detail: String(error) })
      throw notChecked(error)
    }
  }

  /** Known people come from memory, so they can join while the disk fails. */
  async function personOf({ issuer, subject, name }: VerifiedToken): Promise<PersonRow> {
    const known = ecosystems.people.byIdentity(issuer, subject)
    if (known !== undefined) return known
    try {
      return await ecosystems.people.admit({ issuer, subject, ...(name !== undefined && { name }) })
    } catch (error) {
      log('error', 'a new person cannot be kept', { issuer, detail: String(error) })
      throw notChecked(error)
    }
  }

  async function partyOfRpt(from: RptTickets, token: string, attempt: Attempt): Promise<Principal> {
    let party: Principal | undefined
    try {
      party = await from.rptPrincipal(token, attempt.realm)
    } catch (error) {
      log('error', 'a requesting party token cannot be checked', { detail: String(error) })
      throw notChecked(error)
    }
    if (party !== undefined) return party
    log('info', 'join denied', { reason: 'rpt_unknown_over_or_useless', ...place(attempt) })
    throw denied()
  }

  function deviceOfCode(code: string, attempt: Attempt): Principal {
    const row = ecosystems.provisioning.check(code)
    if (row === undefined || row.realm !== attempt.realm) {
      const reason = row === undefined ? 'code_unknown_used_or_expired' : 'code_of_another_realm'
      log('info', 'join denied', { reason, ...place(attempt) })
      throw denied()
    }
    return {
      kind: 'provisioning',
      authid: 'provisioning',
      authrole: 'provisioning',
      authmethod: 'ticket',
      authprovider: 'latchkey',
      expiresAt: row.expiresAt,
    }
  }

  function refuse({ authid }: JoinRequest, attempt: Attempt): never {
    if (authid !== undefined) parts.mayTell?.(authid)
    log('info', 'join denied', { reason: 'ticket_unknown_or_wrong', ...place(attempt) })
    throw denied()
  }

  return {
    method: 'ticket',
    begin: () => ({ challenge: true, extra: emptyDict }),
    verify({ signature }, _challenge, request, attempt) {
      if (signature.startsWith(codePrefix)) return deviceOfCode(signature, attempt)
      if (isToken(signature)) return personOfToken(signature, place(attempt))
      const component = principals.byTicket(request.authid, signature)
      if (component !== undefined) return component
      if (rpts !== undefined && signature.startsWith(rpts.prefix))
        return partyOfRpt(rpts, signature, attempt)
      // A secret that is meant for one is not shown to another: with a component to ask, the provider must be named.
      const issuer = issuerNamed(request)
      const mayAsk = issuer !== undefined || elsewhere === undefined
      if (mayAsk && !principals.has(request.authid ?? '') && opaque?.accepts(issuer) === true)
        return personOfOpaque(signature, issuer, place(attempt))
      if (
        elsewhere === undefined ||
        (request.authid !== undefined && principals.has(request.authid))
      )
        return refuse(request, attempt)
      return elsewhere(request, attempt, signature).then(
        (found) => found ?? refuse(request, attempt),
      )
    },
    personOfToken: (token) => personOfToken(token),
    proofOfToken: (token) => checked(() => issuers.verify(token), {}),
  }
}

function issuerNamed({ authextra }: JoinRequest): string | undefined {
  const { issuer } = authextra
  return typeof issuer === 'string' ? issuer : undefined
}

/** What the token showed of how the person signed in. */
function evidenceIn({ issuer, subject, issuedAt, claims }: VerifiedToken): Evidence {
  const { acr, amr, auth_time: authTime, sid } = claims
  return {
    identity: { issuer, subject, issuedAt, ...(sid !== undefined && { sid }) },
    ...(acr !== undefined && { acr }),
    ...(amr !== undefined && { amr }),
    ...(authTime !== undefined && { authAt: authTime * 1000 }),
  }
}

function place({ realm, session, peer }: Attempt): Record<string, unknown> {
  return { realm, session, address: peer.address }
}

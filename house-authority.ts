import { Authority } from './authority/authority.ts'
import type { AuthorityConfig } from './authority/config.ts'
import type { AuthorityDomain, SharedDevice, Standing, Use } from './authority/domain.ts'
import { isToken } from './authenticators/principals.ts'
import { denied } from './authenticators/refusals.ts'
import { decide } from './authorizers/decide.ts'
import type { Clock } from './clock.ts'
import type { Ecosystems } from './ecosystems/ecosystems.ts'
import { DomainError } from './ecosystems/errors.ts'
import { evidenceOf } from './ecosystems/evidence.ts'
import type { Issuers } from './ecosystems/issuers.ts'
import { MemoryTokens } from './ecosystems/store/memory-tokens.ts'
import type { Assurance, CapabilityAction, DeviceRow } from './ecosystems/store/store.ts'
import type { TokenRows } from './ecosystems/store/tokens.ts'
import { fallen, takenBack } from './realms/standing.ts'
import type { Principal } from './router/access.ts'
import type { EngineLog } from './router/log.ts'
import type { Router } from './router/router.ts'

/** Where owners are asked. */
export interface OwnersWord {
  /** Asks the owner; the same question that is open already is not asked again. @throws DomainError */
  request(wish: {
    readonly realm: string
    readonly requesterKind: 'person'
    readonly requester: string
    readonly ecosystem: string
    readonly device: string
    readonly uri: string
    readonly action: CapabilityAction
  }): Promise<{ readonly ticket: string; readonly intervalMs: number }>
  /** `unknown`: it has expired, or there never was one. */
  state(ticket: string): 'pending' | 'approved' | 'denied' | 'unknown'
}

/** What the house brings for its authorization server. */
export interface AuthorityHouse {
  /** Absent: nobody is asked, and what needs the owner's word is denied. */
  readonly approvals?: OwnersWord | undefined
  readonly ecosystems: Ecosystems
  readonly issuers: Issuers
  /** Absent: what is handed out is forgotten with the process. */
  readonly tokens: TokenRows | undefined
  readonly keysFile: string | undefined
  readonly personOf: (idToken: string) => Promise<Principal>
  readonly router: Router
  readonly clock: Clock
  readonly log: EngineLog
}

/** Starts the house's authorization server. Whoever joined by what it takes back is out at once. */
export async function openAuthority(
  config: AuthorityConfig,
  house: AuthorityHouse,
): Promise<Authority> {
  const { tokens = new MemoryTokens(), keysFile, router, clock, log } = house
  const authority = await Authority.start(config, {
    rows: tokens,
    keysFile,
    domain: domainOf(house),
    clock,
    log,
  })
  authority.onEnded((concerns) => {
    for (const realm of router.realms.values())
      for (const session of realm.sessions.values()) if (concerns(session.principal)) session.kill()
  })
  return authority
}

/** The house as its authorization server asks it. */
function domainOf(house: AuthorityHouse): AuthorityDomain {
  const { ecosystems, issuers, personOf, clock } = house
  return {
    personOf: (idToken) => (isToken(idToken) ? personOf(idToken) : Promise.reject(denied())),
    isActive: (party) => !fallen(party, ecosystems) && !takenBack(party, issuers),
    issuers: () => [
      ...new Set(
        ecosystems.idps
          .list()
          .filter(({ status }) => status === 'active')
          .map(({ issuer }) => issuer),
      ),
    ],
    deviceOf(party, name) {
      const device = named(ecosystems, name)
      return device !== undefined && owns(ecosystems, party, device, clock.now())
        ? shared(ecosystems, device)
        : undefined
    },
    device(id) {
      const device = ecosystems.devices.get(id)
      return device?.status === 'active' ? shared(ecosystems, device) : undefined
    },
    mayUse: (party, use) => standingOf(house, party, use),
    ask: (party, use) => askOwner(house, party, use),
    approvalState: (approval) => house.approvals?.state(approval) ?? 'unknown',
  }
}

/** By its id, or by its prefix where no other realm has one of that prefix. */
function named({ devices }: Ecosystems, name: string): DeviceRow | undefined {
  const byId = devices.get(name)
  if (byId !== undefined) return byId.status === 'active' ? byId : undefined
  const found = devices
    .list()
    .filter(({ prefix, status }) => prefix === name && status === 'active')
  return found.length === 1 ? found[0] : undefined
}

/** Level 1 for all of the device, after all caps, in one of its ecosystems. */
function owns(
  { holdings, assurances }: Ecosystems,
  party: Principal,
  device: DeviceRow,
  now: number,
): boolean {
  return device.ecosystems.some((ecosystem) => {
    if (assurances.capOf(evidenceOf(party), ecosystem) > 1) return false
    const { active } = holdings.held(
      {
        subject: { kind: 'person', id: party.authid },
        ecosystem,
        device: device.id,
        uri: `${device.prefix}.`,
        match: 'prefix',
        action: 'call',
      },
      now,
      () => undefined,
    )
    return active.some(({ level }) => level <= 1)
  })
}

/** What can be done with a device, each by a scope: `switch`, or `subscribe:on`. */
function shared({ devices }: Ecosystems, device: DeviceRow): SharedDevice {
  const uses = new Map<string, Use>()
  for (const { uri, action, levels } of devices.capabilitiesOf(device)) {
    const verb = uri.slice(device.prefix.length + 1)
    // A pattern is nothing that a token could permit, and what no ecosystem has a level for is open to nobody.
    if (verb === '' || verb.endsWith('.') || verb.includes('..')) continue
    if (Object.keys(levels).length === 0) continue
    const scope = action === 'call' ? verb : `${action}:${verb}`
    uses.set(scope, { realm: device.realm, uri, action })
  }
  return { id: device.id, realm: device.realm, uses }
}

/** Decided as a message of the party would be, without any effect. */
function decided(
  { ecosystems, clock }: AuthorityHouse,
  principal: Principal,
  { realm, uri, action }: Use,
): ReturnType<typeof decide> {
  return decide({ ecosystems, clock }, { action, uri, match: 'exact', realm, principal })
}

async function askOwner(
  house: AuthorityHouse,
  party: Principal,
  use: Use,
): Promise<{ readonly approval: string; readonly intervalMs: number }> {
  const { question } = decided(house, party, use)
  const { cure, owner } = question ?? {}
  const ecosystem = cure?.error === 'request_submitted' ? cure.requirement.ecosystem : undefined
  if (house.approvals === undefined || owner === undefined || ecosystem === undefined)
    throw new DomainError('invalid_state', 'there is nobody to be asked, or nothing to ask')
  const { ticket, intervalMs } = await house.approvals.request({
    ...use,
    requesterKind: 'person',
    requester: party.authid,
    ecosystem,
    device: owner.id,
  })
  return { approval: ticket, intervalMs }
}

function standingOf(house: AuthorityHouse, principal: Principal, use: Use): Standing {
  const { decision } = decided(house, principal, use)
  if (decision.allow) return { kind: 'allow' }
  const { error, acr_values: acr, max_age: maxAge } = decision.details ?? {}
  if (error === 'request_submitted')
    return { kind: house.approvals === undefined ? 'deny' : 'approval' }
  if (error !== 'insufficient_user_authentication') return { kind: 'deny' }
  return {
    kind: 'step_up',
    acr: typeof acr === 'string' ? acr : ('aal2' satisfies Assurance),
    ...(typeof maxAge === 'number' && { maxAgeMs: maxAge * 1000 }),
  }
}

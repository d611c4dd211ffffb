import type { Bounds } from './bounds.ts'
import { Chains, partyOf } from './chains.ts'
import type { Changes } from './changes.ts'
import type { DeviceActs } from './device-acts.ts'
import type { Devices } from './devices.ts'
import { invalid, missing } from './errors.ts'
import type { Falls } from './falls.ts'
import { Giving } from './giving.ts'
import type { Grantee, Subject } from './grant-terms.ts'
import { Grants } from './grants.ts'
import type { Groups } from './groups.ts'
import { Holdings } from './holdings.ts'
import { identityKey, identityOf, type Identities } from './identities.ts'
import type { Idps } from './idps.ts'
import type { People } from './people.ts'
import type { Shadows } from './shadows.ts'
import type { Spans } from './spans.ts'
import type { Snapshot } from './store/store.ts'
import { Uses } from './uses.ts'
import { Windows } from './windows.ts'
import type { Withdrawals } from './withdrawals.ts'

/** Who was given what, and what that comes to. */
export interface Rights {
  readonly grants: Grants
  readonly holdings: Holdings
  readonly uses: Uses
  /** Everybody who was given anything in an ecosystem, or in one that spans it. */
  readonly partiesIn: (ecosystem: string) => readonly Subject[]
  /**
   * Whether somebody, as `kind:id`, is in good standing and may do everything in an ecosystem, by whatever proof. The
   * operator may everywhere.
   */
  readonly owns: (actor: string, ecosystem: string) => boolean
  /**
   * Takes from devices, at once, all that they were given as somebody's, and what was wished of them: whoever claims
   * one next gets none of it. Resolves when that is stored.
   */
  readonly disowned: (devices: ReadonlySet<string>) => Promise<void>
}

/** Puts together what knows of grants with what knows of those who hold them. */
export function rightsOf(
  parts: {
    readonly changes: Changes
    readonly bounds: Bounds
    readonly people: People
    readonly identities: Identities
    readonly idps: Pick<Idps, 'of'>
    readonly devices: Devices
    readonly acts: Pick<DeviceActs, 'revokeAllOf'>
    readonly shadows: Pick<Shadows, 'forget'>
    readonly groups: Groups
    readonly spans: Spans
    readonly withdrawals: Withdrawals
    readonly falls: Falls
    /** Throws for what does not exist. */
    readonly requireEcosystem: (id: string) => void
  },
  snapshot: Pick<Snapshot, 'grants' | 'grantUses'>,
): Rights {
  const { changes, bounds, people, identities, devices, groups, spans, withdrawals } = parts
  const windows = new Windows(bounds.schedules)
  const stands = ({ kind, id }: Subject): boolean =>
    (kind === 'person' ? people.get(id) : devices.get(id))?.status === 'active'
  const chains = new Chains(
    {
      get: (id) => grants.get(id),
      windows,
      spans,
      stands,
      standingOf: ({ kind, id }) => (kind === 'person' ? people.epochOf(id) : devices.epochOf(id)),
      speaksFor: (party, { subjectKind, subject }) =>
        subjectKind === 'group'
          ? groups.of(party).includes(subject)
          : identities
              .of(party.id)
              .some((each) => identityKey(each.issuer, each.subject) === subject),
      memberships: (party) => [groups.epochOf(party), people.epochOf(party.id)],
    },
    bounds.chainDepth,
  )
  const uses = new Uses(
    { changes, above: (row) => chains.above(row), givenBack: (row) => grants.usable(row) },
    snapshot.grantUses,
  )
  const partiesOf = ({ kind, id }: Grantee): readonly Subject[] => {
    switch (kind) {
      case 'person':
      case 'device':
        return [{ kind, id }]
      case 'group':
        return groups.membersOf(id).map((each) => ({ kind: each.kind, id: each.member }))
      case 'identity': {
        const { issuer, subject } = identityOf(id)
        const person = identities.get(issuer, subject)?.person
        return person === undefined ? [] : [{ kind: 'person', id: person }]
      }
    }
  }
  const requireGrantee = ({ kind, id }: Grantee): void => {
    const isThere = {
      person: () => people.get(id) !== undefined,
      device: () => devices.get(id) !== undefined,
      group: () => groups.get(id) !== undefined,
      // Nobody may have come by it yet: it is waited for. But some provider must be able to send it.
      identity: () => parts.idps.of(identityOf(id).issuer).length > 0,
    }
    if (!isThere[kind]())
      throw kind === 'identity' ? missing('provider', identityOf(id).issuer) : missing(kind, id)
  }
  const grants: Grants = new Grants(
    {
      changes,
      bounds,
      windows,
      require: ({ subjectKind, subject, ecosystem, device }) => {
        requireGrantee({ kind: subjectKind, id: subject })
        if (ecosystem !== null) parts.requireEcosystem(ecosystem)
        if (device === null) return
        const row = devices.get(device)
        if (row === undefined) throw missing('device', device)
        if (ecosystem === null || !row.ecosystems.includes(ecosystem))
          throw invalid('device', device, `a device of the ecosystem ${ecosystem}`)
      },
      uses: () => uses,
      mayGive: (giver, gift) => giving.mayGive(giver, gift),
      partiesOf,
      withdrawn: (party) => withdrawals.tell(party),
    },
    snapshot.grants,
  )
  const holdings = new Holdings({
    grants,
    chains,
    uses,
    groups,
    spans,
    identities,
    personEpoch: (id) => people.epochOf(id),
  })
  parts.falls.listen(({ kind, id }) => {
    if (kind !== 'identity') grants.giverFell(`${kind}:${id}`)
  })
  const giving = new Giving({ holdings, windows, bounds, clock: changes.clock })
  const partiesIn = (ecosystem: string): readonly Subject[] => {
    const concerned = new Set([ecosystem, ...spans.above(ecosystem).map((each) => each.ecosystem)])
    const found = new Map<string, Subject>()
    for (const { ecosystem: where, subjectKind, subject } of grants.list())
      if (where !== null && concerned.has(where))
        for (const party of partiesOf({ kind: subjectKind, id: subject }))
          found.set(`${party.kind} ${party.id}`, party)
    return [...found.values()]
  }
  const owns = (actor: string, ecosystem: string): boolean => {
    const party = partyOf(actor)
    if (party === undefined) return true
    return stands(party) && holdings.levelIn(party, ecosystem, changes.clock.now()) <= 1
  }
  const disowned = async (ids: ReadonlySet<string>): Promise<void> => {
    const held = grants.list().filter((row) => row.subjectKind === 'device' && ids.has(row.subject))
    const members = [...ids].flatMap((id) => {
      const member = { kind: 'device', id } as const
      return groups.of(member).map((group) => ({ group, member }))
    })
    await Promise.all([
      ...held.map(({ id }) => grants.revoke(id)),
      ...members.map(({ group, member }) => groups.remove(group, member)),
      ...Array.from(ids, (device) => parts.acts.revokeAllOf({ device })),
      ...Array.from(ids, (device) => parts.shadows.forget(device)),
    ])
  }
  return { grants, holdings, uses, partiesIn, owns, disowned }
}

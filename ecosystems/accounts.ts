import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import type { DeviceActs } from './device-acts.ts'
import type { Devices } from './devices.ts'
import type { EcosystemDirectory } from './ecosystem-directory.ts'
import { invalid } from './errors.ts'
import type { Falls } from './falls.ts'
import type { Grants } from './grants.ts'
import type { Groups } from './groups.ts'
import type { Identities } from './identities.ts'
import type { Invites } from './invites.ts'
import { Links } from './links.ts'
import { LocalIdentities } from './local-identities.ts'
import type { Emergencies } from './emergencies.ts'
import { Panics } from './panics.ts'
import type { People } from './people.ts'
import type { PersonalAuthenticators } from './personal-authenticators.ts'
import type { Provisioning } from './provisioning.ts'
import type { Snapshot } from './store/store.ts'

/** What people do with their accounts: link others to them, keep keys for bad times, cut them off. */
export interface Accounts {
  readonly links: Links
  readonly locals: LocalIdentities
  readonly panics: Panics
}

/** Puts together what knows of accounts with what they have. */
export function accountsOf(
  parts: {
    readonly changes: Changes
    readonly falls: Falls
    readonly bounds: Bounds
    readonly people: People
    readonly identities: Identities
    readonly authenticators: PersonalAuthenticators
    readonly acts: DeviceActs
    readonly devices: Devices
    readonly directory: EcosystemDirectory
    readonly emergencies: Emergencies
    readonly grants: Grants
    readonly groups: Groups
    readonly invites: Invites
    readonly provisioning: Provisioning
    /** Throws for somebody whom nobody knows. */
    readonly requirePerson: (id: string) => void
    /** Told when there are other local identities than before. */
    readonly localsChanged: () => void
  },
  snapshot: Pick<Snapshot, 'localIdentities'>,
): Accounts {
  const { changes, falls, bounds, people, identities, authenticators, acts } = parts
  const { devices, directory, emergencies, grants, groups, invites } = parts
  const locals = new LocalIdentities(
    {
      changes,
      falls,
      bounds,
      require: ({ person, ecosystem, device }) => {
        parts.requirePerson(person)
        directory.require(ecosystem)
        if (device !== null && devices.get(device)?.ecosystems.includes(ecosystem) !== true)
          throw invalid('device', device, `a device of the ecosystem ${ecosystem}`)
      },
      barred: (person) => people.barred(person),
      issuersOf: (person) => [
        ...new Set(
          identities
            .of(person)
            .filter(({ status }) => status === 'active')
            .map(({ issuer }) => issuer),
        ),
      ],
      isDeviceKey: (publicKey) => devices.byPublicKey(publicKey) !== undefined,
      moved: (person) => people.moved(person),
      changed: parts.localsChanged,
    },
    snapshot.localIdentities,
  )
  const links = new Links({
    changes,
    bounds,
    people,
    identities,
    belongings: (person) => {
      const by = `person:${person}`
      const has: [string, boolean][] = [
        ['grants', grants.list({ subject: { kind: 'person', id: person } }).length > 0],
        ['grants to others', grants.givenBy(by).some(({ revokedAt }) => revokedAt === null)],
        ['groups', groups.of({ kind: 'person', id: person }).length > 0],
        ['invites', invites.list({ by }).length > 0],
        ['ecosystems', directory.list().some(({ owner }) => owner === person)],
        ['devices', devices.list().some(({ owner }) => owner === person)],
        ['authenticators', authenticators.activeOf(person).length > 0],
        ['delegations', acts.list({ person }).length > 0],
        [
          'local identities',
          locals.list().some((row) => row.person === person && row.status === 'active'),
        ],
        [
          'emergency plans',
          emergencies.plans
            .list()
            .some(
              ({ owner, delegates, notify }) =>
                owner === person || delegates.includes(person) || notify.includes(person),
            ),
        ],
      ]
      return has.filter(([, is]) => is).map(([what]) => what)
    },
  })
  const panics = new Panics({
    people,
    identities,
    grants,
    invites,
    authenticators,
    acts,
    locals,
    emergencies,
    provisioning: parts.provisioning,
  })
  return { links, locals, panics }
}

import type { AuthorityDomain, SharedDevice, Standing, Use } from '../../authority/domain.ts'
import { deniedUnless } from './refusal.ts'
import type { Principal } from '../../router/access.ts'

/** A house of a few words: what a test says of people and devices is so. */
export interface SaidHouse extends AuthorityDomain {
  /** By person and URI; nothing said: denied. */
  readonly standings: Map<string, Standing>
  readonly approvals: Map<string, 'pending' | 'approved' | 'denied' | 'unknown'>
  /** People that are shut out. */
  readonly fallen: Set<string>
  /** What was asked of the owner. */
  readonly asked: Use[]
}

const uses = (prefix: string, ...verbs: string[]): SharedDevice => ({
  id: prefix,
  realm: 'home',
  uses: new Map(
    verbs.map((verb) => [
      verb,
      { realm: 'home', uri: `${prefix}.${verb}`, action: 'call' as const },
    ]),
  ),
})

/** ID tokens are `id:<person>`; the owner owns a lamp and a safe. */
export function saidHouse(): SaidHouse {
  const devices = new Map(
    [uses('lamp', 'switch', 'state'), uses('safe', 'open')].map((each) => [each.id, each]),
  )
  const standings = new Map<string, Standing>()
  const approvals = new Map<string, 'pending' | 'approved' | 'denied' | 'unknown'>()
  const fallen = new Set<string>()
  const asked: Use[] = []
  return {
    standings,
    approvals,
    fallen,
    asked,
    personOf(idToken) {
      const person = deniedUnless(/^id:(\w+)$/.exec(idToken)?.[1])
      return Promise.resolve(principal(person))
    },
    isActive: ({ authid }) => !fallen.has(authid),
    issuers: () => ['https://provider.example'],
    deviceOf: ({ authid }, name) => (authid === 'owner' ? devices.get(name) : undefined),
    device: (id) => devices.get(id),
    mayUse: ({ authid }, { uri }) => standings.get(`${authid} ${uri}`) ?? { kind: 'deny' },
    ask(_party, use) {
      asked.push(use)
      const approval = `approval ${asked.length}`
      approvals.set(approval, 'pending')
      return Promise.resolve({ approval, intervalMs: 7_000 })
    },
    approvalState: (approval) => approvals.get(approval) ?? 'unknown',
  }
}

export function principal(person: string): Principal {
  return {
    kind: 'person',
    authid: person,
    authrole: 'person',
    authmethod: 'ticket',
    authprovider: 'https://provider.example',
    evidence: { acr: 'pwd' },
  }
}

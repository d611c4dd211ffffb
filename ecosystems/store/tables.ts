import type {
  ApprovalRow,
  AuthenticatorRow,
  AuthorizerRow,
  CapabilityRow,
  CutoffRow,
  DeviceActRow,
  DeviceClassRow,
  DeviceRow,
  EcosystemEdgeRow,
  EcosystemRow,
  EmergencyPlanRow,
  EmergencyRequestRow,
  GrantRow,
  GrantUseRow,
  GroupMemberRow,
  GroupRow,
  IdentityRow,
  IdpRow,
  IdpTrustRow,
  InviteRow,
  LevelPolicyRow,
  LocalIdentityRow,
  PersonRow,
  ProvisioningCodeRow,
  ReceiptRow,
  ShadowRow,
} from './rows.ts'

/** Every kind of row, by the noun that its changes are named with. */
export interface RowTypes {
  readonly idp: IdpRow
  readonly person: PersonRow
  readonly ecosystem: EcosystemRow
  readonly class: DeviceClassRow
  readonly identity: IdentityRow
  readonly cutoff: CutoffRow
  readonly idpTrust: IdpTrustRow
  readonly authenticator: AuthenticatorRow
  readonly localIdentity: LocalIdentityRow
  readonly ecosystemEdge: EcosystemEdgeRow
  readonly group: GroupRow
  readonly groupMember: GroupMemberRow
  readonly levelPolicy: LevelPolicyRow
  readonly authorizer: AuthorizerRow
  readonly device: DeviceRow
  readonly capability: CapabilityRow
  readonly code: ProvisioningCodeRow
  readonly deviceAct: DeviceActRow
  readonly shadow: ShadowRow
  readonly grant: GrantRow
  readonly grantUse: GrantUseRow
  readonly invite: InviteRow
  readonly approval: ApprovalRow
  readonly emergencyPlan: EmergencyPlanRow
  readonly emergencyRequest: EmergencyRequestRow
  readonly receipt: ReceiptRow
}

export type Noun = keyof RowTypes

/** How a value lies in its column. */
export type ColumnKind = 'text' | 'integer' | 'flag' | 'json'

/** How rows of one kind are kept, by whatever keeps them. */
export interface TableDescription<Row = never> {
  /** Name of the table, and of the rows in a `Snapshot`. */
  readonly name: string
  readonly key: readonly (keyof Row & string)[]
  readonly columns: { readonly [Column in keyof Row & string]: ColumnKind }
  /** Columns that name rows of another kind by their id, one or (as JSON) a list; `null` names none. */
  readonly references?: { readonly [Column in keyof Row & string]?: Noun }
  /** Columns that no two rows have alike; `null` is not compared. */
  readonly uniques?: readonly (readonly (keyof Row & string)[])[]
}

/** In the order in which they can be written: what is referred to comes first. */
export const tables: { readonly [N in Noun]: TableDescription<RowTypes[N]> } = {
  idp: {
    name: 'idps',
    key: ['issuer', 'clientId'],
    columns: {
      issuer: 'text',
      clientId: 'text',
      jwksUri: 'text',
      status: 'text',
      everywhere: 'flag',
      acrMap: 'json',
      introspection: 'json',
      eventsAudience: 'text',
      createdAt: 'integer',
    },
  },
  person: {
    name: 'people',
    key: ['id'],
    columns: {
      id: 'text',
      name: 'text',
      status: 'text',
      proofsAfter: 'integer',
      createdAt: 'integer',
    },
  },
  ecosystem: {
    name: 'ecosystems',
    key: ['id'],
    columns: {
      id: 'text',
      realm: 'text',
      name: 'text',
      owner: 'text',
      pseudonyms: 'flag',
      status: 'text',
      createdAt: 'integer',
    },
    references: { owner: 'person' },
  },
  class: {
    name: 'classes',
    key: ['id'],
    columns: { id: 'text', prefix: 'text', capabilities: 'json' },
  },
  identity: {
    name: 'identities',
    key: ['issuer', 'subject'],
    columns: {
      issuer: 'text',
      subject: 'text',
      person: 'text',
      status: 'text',
      disabledBy: 'text',
      createdAt: 'integer',
    },
    references: { person: 'person' },
  },
  cutoff: {
    name: 'cutoffs',
    key: ['issuer', 'subject', 'sid'],
    columns: {
      issuer: 'text',
      subject: 'text',
      sid: 'text',
      at: 'integer',
      keptUntil: 'integer',
    },
  },
  idpTrust: {
    name: 'idpTrusts',
    key: ['ecosystem', 'issuer'],
    columns: {
      ecosystem: 'text',
      issuer: 'text',
      status: 'text',
      maxLevel: 'integer',
      acrMap: 'json',
    },
    references: { ecosystem: 'ecosystem' },
  },
  authenticator: {
    name: 'authenticators',
    key: ['id'],
    columns: {
      id: 'text',
      person: 'text',
      name: 'text',
      kind: 'text',
      publicKey: 'text',
      credential: 'json',
      acr: 'text',
      status: 'text',
      createdAt: 'integer',
    },
    references: { person: 'person' },
    uniques: [['publicKey']],
  },
  localIdentity: {
    name: 'localIdentities',
    key: ['id'],
    columns: {
      id: 'text',
      person: 'text',
      ecosystem: 'text',
      kind: 'text',
      publicKey: 'text',
      pin: 'text',
      device: 'text',
      maxLevel: 'integer',
      mode: 'text',
      status: 'text',
      createdBy: 'text',
      createdAt: 'integer',
    },
    references: { person: 'person', ecosystem: 'ecosystem' },
    uniques: [['publicKey']],
  },
  ecosystemEdge: {
    name: 'ecosystemEdges',
    key: ['parent', 'child'],
    columns: { parent: 'text', child: 'text', levels: 'json', createdAt: 'integer' },
    references: { parent: 'ecosystem', child: 'ecosystem' },
  },
  group: {
    name: 'groups',
    key: ['id'],
    columns: {
      id: 'text',
      ecosystem: 'text',
      name: 'text',
      status: 'text',
      createdBy: 'text',
      createdAt: 'integer',
    },
    references: { ecosystem: 'ecosystem' },
  },
  groupMember: {
    name: 'groupMembers',
    key: ['group', 'kind', 'member'],
    columns: { group: 'text', kind: 'text', member: 'text', addedBy: 'text', addedAt: 'integer' },
    references: { group: 'group' },
  },
  levelPolicy: {
    name: 'levelPolicies',
    key: ['id'],
    columns: {
      id: 'text',
      ecosystem: 'text',
      level: 'integer',
      uri: 'text',
      match: 'text',
      actions: 'json',
      effect: 'text',
      createdBy: 'text',
      createdAt: 'integer',
    },
    references: { ecosystem: 'ecosystem' },
  },
  authorizer: {
    name: 'authorizers',
    key: ['realm', 'procedure'],
    columns: {
      realm: 'text',
      procedure: 'text',
      scope: 'text',
      mode: 'text',
      timeoutMs: 'integer',
      createdBy: 'text',
      createdAt: 'integer',
    },
  },
  device: {
    name: 'devices',
    key: ['id'],
    columns: {
      id: 'text',
      realm: 'text',
      class: 'text',
      prefix: 'text',
      publicKey: 'text',
      secret: 'json',
      status: 'text',
      owner: 'text',
      claim: 'text',
      gateway: 'text',
      maxLevel: 'integer',
      ecosystems: 'json',
      attributes: 'json',
      announced: 'json',
      createdAt: 'integer',
    },
    references: { class: 'class', owner: 'person', gateway: 'device', ecosystems: 'ecosystem' },
    uniques: [['publicKey'], ['realm', 'prefix']],
  },
  capability: {
    name: 'capabilities',
    key: ['device', 'uri', 'action', 'ecosystem'],
    columns: {
      device: 'text',
      uri: 'text',
      action: 'text',
      ecosystem: 'text',
      level: 'integer',
      conditions: 'json',
    },
    references: { device: 'device', ecosystem: 'ecosystem' },
  },
  code: {
    name: 'codes',
    key: ['hash'],
    columns: {
      hash: 'text',
      realm: 'text',
      ecosystems: 'json',
      class: 'text',
      prefix: 'text',
      createdBy: 'text',
      createdAt: 'integer',
      expiresAt: 'integer',
      redeemedAt: 'integer',
      device: 'text',
    },
    references: { class: 'class', ecosystems: 'ecosystem' },
  },
  deviceAct: {
    name: 'deviceActs',
    key: ['id'],
    columns: {
      id: 'text',
      device: 'text',
      person: 'text',
      scopes: 'json',
      createdAt: 'integer',
      expiresAt: 'integer',
      revokedAt: 'integer',
    },
    references: { device: 'device', person: 'person' },
  },
  shadow: {
    name: 'shadows',
    key: ['device'],
    columns: {
      device: 'text',
      desired: 'json',
      desiredVersion: 'integer',
      desiredAt: 'integer',
      desiredBy: 'text',
      deliveredVersion: 'integer',
      reported: 'json',
      reportedVersion: 'integer',
      reportedAt: 'integer',
    },
    references: { device: 'device' },
  },
  grant: {
    name: 'grants',
    key: ['id'],
    columns: {
      id: 'text',
      subjectKind: 'text',
      subject: 'text',
      ecosystem: 'text',
      device: 'text',
      uri: 'text',
      match: 'text',
      actions: 'json',
      effect: 'text',
      level: 'integer',
      notBefore: 'integer',
      expiresAt: 'integer',
      schedule: 'text',
      uses: 'json',
      delegable: 'integer',
      parent: 'text',
      purpose: 'text',
      source: 'text',
      sourceId: 'text',
      createdBy: 'text',
      createdAt: 'integer',
      revokedAt: 'integer',
      suspendedAt: 'integer',
    },
    references: { ecosystem: 'ecosystem', device: 'device', parent: 'grant' },
  },
  grantUse: {
    name: 'grantUses',
    key: ['grant', 'uri'],
    columns: { grant: 'text', uri: 'text', used: 'integer', uses: 'integer' },
    references: { grant: 'grant' },
  },
  invite: {
    name: 'invites',
    key: ['id'],
    columns: {
      id: 'text',
      hash: 'text',
      ecosystem: 'text',
      boundKind: 'text',
      bound: 'text',
      terms: 'json',
      uses: 'integer',
      used: 'integer',
      expiresAt: 'integer',
      parent: 'text',
      createdBy: 'text',
      createdAt: 'integer',
      revokedAt: 'integer',
      suspendedAt: 'integer',
    },
    references: { ecosystem: 'ecosystem', parent: 'grant' },
    uniques: [['hash']],
  },
  approval: {
    name: 'approvals',
    key: ['id'],
    columns: {
      id: 'text',
      ticket: 'text',
      realm: 'text',
      requesterKind: 'text',
      requester: 'text',
      ecosystem: 'text',
      device: 'text',
      uri: 'text',
      action: 'text',
      state: 'text',
      createdAt: 'integer',
      expiresAt: 'integer',
      decidedBy: 'text',
      decidedAt: 'integer',
      grant: 'text',
    },
    references: { ecosystem: 'ecosystem', device: 'device', grant: 'grant' },
    uniques: [['ticket']],
  },
  emergencyPlan: {
    name: 'emergencyPlans',
    key: ['id'],
    columns: {
      id: 'text',
      owner: 'text',
      delegates: 'json',
      ecosystem: 'text',
      uri: 'text',
      match: 'text',
      level: 'integer',
      waitMs: 'integer',
      ttlMs: 'integer',
      quorum: 'integer',
      notify: 'json',
      createdAt: 'integer',
      revokedAt: 'integer',
    },
    references: {
      owner: 'person',
      delegates: 'person',
      notify: 'person',
      ecosystem: 'ecosystem',
    },
  },
  emergencyRequest: {
    name: 'emergencyRequests',
    key: ['id'],
    columns: {
      id: 'text',
      plan: 'text',
      requesters: 'json',
      state: 'text',
      dueAt: 'integer',
      decidedBy: 'text',
      decidedAt: 'integer',
      grants: 'json',
      createdAt: 'integer',
    },
    references: { plan: 'emergencyPlan', grants: 'grant' },
  },
  receipt: {
    name: 'receipts',
    key: ['id'],
    columns: {
      id: 'text',
      person: 'text',
      payee: 'text',
      amount: 'text',
      currency: 'text',
      ref: 'text',
      createdAt: 'integer',
      expiresAt: 'integer',
      usedAt: 'integer',
    },
    references: { person: 'person' },
  },
}

export const nouns: readonly Noun[] = Object.keys(tables) as Noun[]

/** A table as whoever keeps rows of any kind sees it. */
export interface AnyTable {
  readonly name: string
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, ColumnKind>>
  readonly references?: Readonly<Record<string, Noun | undefined>>
  readonly uniques?: readonly (readonly string[])[]
}

/** The description without its row's type. */
export function tableOf(noun: Noun): AnyTable {
  return tables[noun]
}

/** Name of the column, in SQL's spelling. */
export function columnName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

import type {
  CapabilityRow,
  DeviceRow,
  EcosystemRow,
  GrantRow,
  IdentityRow,
  IdpRow,
} from '../../ecosystems/store/store.ts'

/** When everything in these rows was made. */
export const rowsAt = 1_700_000_000_000

/** Rows with what a test does not care about filled in. */
export function ecosystemRow(row: Pick<EcosystemRow, 'id'> & Partial<EcosystemRow>): EcosystemRow {
  return {
    realm: 'home',
    name: row.id,
    owner: null,
    pseudonyms: false,
    status: 'active',
    createdAt: rowsAt,
    ...row,
  }
}

export function deviceRow(row: Pick<DeviceRow, 'id'> & Partial<DeviceRow>): DeviceRow {
  return {
    realm: 'home',
    class: 'light',
    prefix: row.id,
    publicKey: Buffer.from(row.id.padEnd(32, '.')).toString('hex'),
    secret: null,
    status: 'active',
    owner: null,
    claim: null,
    gateway: null,
    maxLevel: 1,
    ecosystems: ['home'],
    attributes: {},
    announced: [],
    createdAt: rowsAt,
    ...row,
  }
}

export function capabilityRow(
  row: Pick<CapabilityRow, 'device' | 'uri'> & Partial<CapabilityRow>,
): CapabilityRow {
  return { action: 'call', ecosystem: 'home', level: 3, conditions: {}, ...row }
}

export function grantRow(row: Pick<GrantRow, 'id'> & Partial<GrantRow>): GrantRow {
  return {
    subjectKind: 'person',
    subject: 'guest',
    ecosystem: 'home',
    device: null,
    uri: null,
    match: 'exact',
    actions: null,
    effect: 'level',
    level: 3,
    notBefore: null,
    expiresAt: null,
    schedule: null,
    uses: null,
    delegable: 0,
    parent: null,
    purpose: null,
    source: 'grant',
    sourceId: null,
    createdBy: 'operator:operator',
    createdAt: rowsAt,
    revokedAt: null,
    suspendedAt: null,
    ...row,
  }
}

export function identityRow(
  row: Pick<IdentityRow, 'subject' | 'person'> & Partial<IdentityRow>,
): IdentityRow {
  const preset = { issuer: 'https://id.test', status: 'active', disabledBy: null } as const
  return { ...preset, createdAt: rowsAt, ...row }
}

export function idpRow(row: Pick<IdpRow, 'issuer'> & Partial<IdpRow>): IdpRow {
  return {
    clientId: 'latchkey',
    jwksUri: null,
    status: 'active',
    everywhere: true,
    acrMap: {},
    introspection: null,
    eventsAudience: null,
    createdAt: rowsAt,
    ...row,
  }
}

import type { Connection } from './connection.ts'
import type {
  CapabilityRow,
  ClassCapability,
  DeviceClassRow,
  DeviceRow,
  EcosystemRow,
  GrantRow,
  IdentityRow,
  IdpRow,
  PersonRow,
  ProvisioningCodeRow,
  Snapshot,
} from './store.ts'

/** Reads everything, as of one moment. @throws StoreUnavailable */
export async function readSnapshot(connection: Connection): Promise<Snapshot> {
  await connection.run('begin')
  try {
    return {
      idps: await connection.all<IdpRow>(
        'select issuer, client_id as clientId, jwks_uri as jwksUri, created_at as createdAt from idps order by rowid',
      ),
      people: await connection.all<PersonRow>(
        'select id, name, status, created_at as createdAt from people order by rowid',
      ),
      identities: await connection.all<IdentityRow>(
        'select issuer, subject, person, created_at as createdAt from identities order by rowid',
      ),
      ecosystems: await connection.all<EcosystemRow>(
        'select id, realm, name, created_at as createdAt from ecosystems order by rowid',
      ),
      classes: await readClasses(connection),
      devices: await readDevices(connection),
      capabilities: await connection.all<CapabilityRow>(
        'select device, uri, action, ecosystem, level from capabilities order by rowid',
      ),
      grants: await connection.all<GrantRow>(
        `select id, ecosystem, subject_kind as subjectKind, subject, level, created_by as createdBy,
           created_at as createdAt, revoked_at as revokedAt from grants order by rowid`,
      ),
      codes: await readCodes(connection),
    }
  } finally {
    await connection.run('rollback')
  }
}

async function readClasses(connection: Connection): Promise<DeviceClassRow[]> {
  const capabilities = await connection.all<ClassCapability & { class: string }>(
    'select class, verb, action, level from class_capabilities order by class, position',
  )
  const byClass = new Map<string, ClassCapability[]>()
  for (const { class: id, ...capability } of capabilities) append(byClass, id, capability)
  const rows = await connection.all<{ id: string; prefix: string }>(
    'select id, prefix from classes order by rowid',
  )
  return rows.map((row) => ({
    ...row,
    capabilities: byClass.get(row.id) ?? [],
  }))
}

async function readDevices(connection: Connection): Promise<DeviceRow[]> {
  const ecosystems = await readEcosystems(connection, 'device')
  const rows = await connection.all<DeviceRow & { attributes: string; announced: string }>(
    `select id, realm, class, prefix, public_key as publicKey, status, attributes, announced,
       created_at as createdAt from devices order by rowid`,
  )
  return rows.map((row) => ({
    ...row,
    ecosystems: ecosystems.get(row.id) ?? [],
    attributes: JSON.parse(row.attributes) as DeviceRow['attributes'],
    announced: JSON.parse(row.announced) as DeviceRow['announced'],
  }))
}

async function readCodes(connection: Connection): Promise<ProvisioningCodeRow[]> {
  const ecosystems = await readEcosystems(connection, 'code')
  const rows = await connection.all<ProvisioningCodeRow>(
    `select hash, realm, class, prefix, created_by as createdBy, created_at as createdAt,
       expires_at as expiresAt, redeemed_at as redeemedAt, device from codes order by rowid`,
  )
  return rows.map((row) => ({ ...row, ecosystems: ecosystems.get(row.hash) ?? [] }))
}

async function readEcosystems(
  connection: Connection,
  owner: 'device' | 'code',
): Promise<Map<string, string[]>> {
  const rows = await connection.all<{ owner: string; ecosystem: string }>(
    `select ${owner} as owner, ecosystem from ${owner}_ecosystems order by ${owner}, position`,
  )
  const byOwner = new Map<string, string[]>()
  for (const { owner: id, ecosystem } of rows) append(byOwner, id, ecosystem)
  return byOwner
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

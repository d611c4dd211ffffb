import type { Connection, Parameter } from './connection.ts'
import { StoreConflict, type Change } from './store.ts'

/** Writes one change. Runs in the commit's transaction. @throws StoreConflict, StoreUnavailable */
export async function write(connection: Connection, change: Change): Promise<void> {
  switch (change.kind) {
    case 'idp.put': {
      const { issuer, clientId, jwksUri, createdAt } = change.row
      return put(connection, 'idps', ['issuer', 'client_id'], {
        issuer,
        client_id: clientId,
        jwks_uri: jwksUri,
        created_at: createdAt,
      })
    }
    case 'person.put': {
      const { id, name, status, createdAt } = change.row
      return put(connection, 'people', ['id'], { id, name, status, created_at: createdAt })
    }
    case 'identity.put': {
      const { issuer, subject, person, createdAt } = change.row
      return put(connection, 'identities', ['issuer', 'subject'], {
        issuer,
        subject,
        person,
        created_at: createdAt,
      })
    }
    case 'ecosystem.put': {
      const { id, realm, name, createdAt } = change.row
      return put(connection, 'ecosystems', ['id'], { id, realm, name, created_at: createdAt })
    }
    case 'class.put': {
      const { id, prefix, capabilities } = change.row
      await put(connection, 'classes', ['id'], { id, prefix })
      await connection.run('delete from class_capabilities where class = ?', [id])
      for (const [position, { verb, action, level }] of capabilities.entries())
        await put(connection, 'class_capabilities', [], {
          class: id,
          position,
          verb,
          action,
          level,
        })
      return
    }
    case 'device.put': {
      const { row } = change
      await put(connection, 'devices', ['id'], {
        id: row.id,
        realm: row.realm,
        class: row.class,
        prefix: row.prefix,
        public_key: row.publicKey,
        status: row.status,
        attributes: JSON.stringify(row.attributes),
        announced: JSON.stringify(row.announced),
        created_at: row.createdAt,
      })
      return putEcosystems(connection, 'device', row.id, row.ecosystems)
    }
    case 'capability.put': {
      const { device, uri, action, ecosystem, level } = change.row
      const key = ['device', 'uri', 'action', 'ecosystem']
      return put(connection, 'capabilities', key, { device, uri, action, ecosystem, level })
    }
    case 'grant.put': {
      const { row } = change
      return put(connection, 'grants', ['id'], {
        id: row.id,
        ecosystem: row.ecosystem,
        subject_kind: row.subjectKind,
        subject: row.subject,
        level: row.level,
        created_by: row.createdBy,
        created_at: row.createdAt,
        revoked_at: row.revokedAt,
      })
    }
    case 'code.put': {
      const { row } = change
      await put(connection, 'codes', ['hash'], {
        hash: row.hash,
        realm: row.realm,
        class: row.class,
        prefix: row.prefix,
        created_by: row.createdBy,
        created_at: row.createdAt,
        expires_at: row.expiresAt,
        redeemed_at: row.redeemedAt,
        device: row.device,
      })
      return putEcosystems(connection, 'code', row.hash, row.ecosystems)
    }
    case 'code.redeem': {
      const changed = await connection.run(
        'update codes set redeemed_at = ?, device = ? where hash = ? and redeemed_at is null',
        [change.at, change.device, change.hash],
      )
      if (changed !== 1) throw new StoreConflict('the code is unknown or has been redeemed')
    }
  }
}

/** Inserts a row, or replaces the one with the same key; another unique key that is taken is a conflict. */
async function put(
  connection: Connection,
  table: string,
  key: readonly string[],
  columns: Readonly<Record<string, Parameter>>,
): Promise<void> {
  const names = Object.keys(columns)
  const others = names.filter((name) => !key.includes(name))
  const replace =
    key.length === 0
      ? ''
      : ` on conflict (${key.join()}) do update set ${others.map((name) => `${name} = excluded.${name}`).join()}`
  await connection.run(
    `insert into ${table} (${names.join()}) values (${names.map(() => '?').join()})${replace}`,
    Object.values(columns),
  )
}

async function putEcosystems(
  connection: Connection,
  owner: 'device' | 'code',
  id: string,
  ecosystems: readonly string[],
): Promise<void> {
  await connection.run(`delete from ${owner}_ecosystems where ${owner} = ?`, [id])
  for (const [position, ecosystem] of ecosystems.entries())
    await put(connection, `${owner}_ecosystems`, [], { [owner]: id, position, ecosystem })
}

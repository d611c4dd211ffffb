import type { EcosystemEdgeRow, EcosystemRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** An ecosystem as it goes over the wire to whoever has something in it. */
export function ecosystemView(row: EcosystemRow): Dict {
  return { id: row.id, name: row.name, realm: row.realm, created_at: row.createdAt }
}

/** The same, to whoever has level 1 in it. */
export function ownedView(row: EcosystemRow): Dict {
  return { ...ecosystemView(row), owner: row.owner, pseudonyms: row.pseudonyms }
}

/** One ecosystem spanning another, as it goes over the wire. */
export function spanView(row: EcosystemEdgeRow): Dict {
  return { parent: row.parent, child: row.child, levels: row.levels, created_at: row.createdAt }
}

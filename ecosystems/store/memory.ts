import { StoreConflict, StoreUnavailable } from './store.ts'
import type {
  AuditQuery,
  AuditRow,
  CapabilityRow,
  Change,
  DeviceClassRow,
  DeviceRow,
  EcosystemRow,
  GrantRow,
  IdentityRow,
  IdpRow,
  PersonRow,
  ProvisioningCodeRow,
  Snapshot,
  Store,
} from './store.ts'
import { Table } from './table.ts'

/** Keeps the rows as long as the process lives: the twin of the database, for tests and for trying things out. */
export class MemoryStore implements Store {
  readonly #idps = new Table<IdpRow>('idps', (row) => JSON.stringify([row.issuer, row.clientId]))
  readonly #people = new Table<PersonRow>('people', (row) => row.id)
  readonly #identities = new Table<IdentityRow>('identities', (row) =>
    JSON.stringify([row.issuer, row.subject]),
  )
  readonly #ecosystems = new Table<EcosystemRow>('ecosystems', (row) => row.id)
  readonly #classes = new Table<DeviceClassRow>('classes', (row) => row.id)
  readonly #devices = new Table<DeviceRow>('devices', (row) => row.id, [
    (row) => row.publicKey,
    (row) => JSON.stringify([row.realm, row.prefix]),
  ])
  readonly #capabilities = new Table<CapabilityRow>('capabilities', (row) =>
    JSON.stringify([row.device, row.uri, row.action, row.ecosystem]),
  )
  readonly #grants = new Table<GrantRow>('grants', (row) => row.id)
  readonly #codes = new Table<ProvisioningCodeRow>('codes', (row) => row.hash)
  readonly #audit: AuditRow[] = []
  #closed = false

  async load(): Promise<Snapshot> {
    this.#check()
    return structuredClone({
      idps: this.#idps.list(),
      people: this.#people.list(),
      identities: this.#identities.list(),
      ecosystems: this.#ecosystems.list(),
      classes: this.#classes.list(),
      devices: this.#devices.list(),
      capabilities: this.#capabilities.list(),
      grants: this.#grants.list(),
      codes: this.#codes.list(),
    })
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#check()
    const undo: (() => void)[] = []
    try {
      for (const change of structuredClone(changes)) undo.push(this.#apply(change))
    } catch (error) {
      for (const step of undo.toReversed()) step()
      throw error
    }
  }

  async appendAudit(records: readonly Omit<AuditRow, 'seq'>[]): Promise<void> {
    this.#check()
    for (const record of structuredClone(records))
      this.#audit.push({ ...record, seq: this.#audit.length + 1 })
  }

  async listAudit(query: AuditQuery): Promise<AuditRow[]> {
    this.#check()
    const { limit, before = Infinity, actor, outcome, decisionId } = query
    const found = this.#audit.filter(
      (row) =>
        row.seq < before &&
        (actor === undefined || row.actor === actor) &&
        (outcome === undefined || row.outcome === outcome) &&
        (decisionId === undefined || row.decisionId === decisionId),
    )
    return structuredClone(found.toReversed().slice(0, limit))
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  /** Applies one change and returns how to undo it. References must lead somewhere, as in the database. */
  #apply(change: Change): () => void {
    switch (change.kind) {
      case 'idp.put':
        return this.#idps.put(change.row)
      case 'person.put':
        return this.#people.put(change.row)
      case 'identity.put':
        this.#people.require(change.row.person)
        return this.#identities.put(change.row)
      case 'ecosystem.put':
        return this.#ecosystems.put(change.row)
      case 'class.put':
        return this.#classes.put(change.row)
      case 'device.put':
        this.#classes.require(change.row.class)
        for (const id of change.row.ecosystems) this.#ecosystems.require(id)
        return this.#devices.put(change.row)
      case 'capability.put':
        this.#devices.require(change.row.device)
        this.#ecosystems.require(change.row.ecosystem)
        return this.#capabilities.put(change.row)
      case 'grant.put':
        this.#ecosystems.require(change.row.ecosystem)
        return this.#grants.put(change.row)
      case 'code.put':
        this.#classes.require(change.row.class)
        for (const id of change.row.ecosystems) this.#ecosystems.require(id)
        return this.#codes.put(change.row)
      case 'code.redeem': {
        const code = this.#codes.get(change.hash)
        if (code === undefined || code.redeemedAt !== null)
          throw new StoreConflict('the code is unknown or has been redeemed')
        return this.#codes.put({ ...code, redeemedAt: change.at, device: change.device })
      }
    }
  }

  #check(): void {
    if (this.#closed) throw new StoreUnavailable('the store is closed')
  }
}

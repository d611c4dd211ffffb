import assert from 'node:assert/strict'
import {
  StoreConflict,
  StoreUnavailable,
  type AuditRow,
  type Change,
  type DeviceRow,
  type GrantRow,
  type ProvisioningCodeRow,
  type Store,
} from '../../ecosystems/store/store.ts'
import { nouns, tableOf } from '../../ecosystems/store/tables.ts'
import {
  capabilityRow,
  deviceRow,
  ecosystemRow,
  grantRow,
  identityRow,
  rowsAt,
} from '../support/rows.ts'
import { everyRow } from './every-row.ts'

const at = rowsAt

const home = ecosystemRow({ id: 'home', name: 'Home' })
const car = ecosystemRow({ id: 'car', name: 'Car' })

/** What other rows refer to. */
const ground: readonly Change[] = [
  { kind: 'ecosystem.put', row: home },
  { kind: 'ecosystem.put', row: car },
  {
    kind: 'class.put',
    row: {
      id: 'light',
      prefix: 'lamp',
      capabilities: [
        { verb: 'switch', action: 'call', level: 3 },
        { verb: 'on_change', action: 'subscribe', level: 2 },
      ],
    },
  },
]

function device(id: string, more: Partial<DeviceRow> = {}): DeviceRow {
  return deviceRow({ id, ...more })
}

function grant(id: string, more: Partial<GrantRow> = {}): GrantRow {
  return grantRow({ id, ...more })
}

function code(hash: string, more: Partial<ProvisioningCodeRow> = {}): ProvisioningCodeRow {
  return {
    hash,
    realm: 'home',
    ecosystems: ['home'],
    class: 'light',
    prefix: null,
    createdBy: 'operator:operator',
    createdAt: at,
    expiresAt: at + 1_000,
    redeemedAt: null,
    device: null,
    ...more,
  }
}

function record(target: string, more: Partial<AuditRow> = {}): Omit<AuditRow, 'seq'> {
  return {
    at,
    realm: 'home',
    actor: 'person:guest',
    session: 7,
    action: 'call',
    target,
    outcome: 'deny',
    reason: 'level',
    decisionId: null,
    details: {},
    ...more,
  }
}

/** What every store does. `make` opens an empty one; what it returns is closed here. */
export function storeContract(name: string, make: () => Promise<Store>): void {
  describe(`${name} as a store`, () => {
    let store: Store

    beforeEach(async () => {
      store = await make()
    })

    afterEach(async () => {
      await store.close()
    })

    it('is empty at first', async () => {
      assert.deepEqual(
        await store.load(),
        Object.fromEntries(nouns.map((noun) => [tableOf(noun).name, []])),
      )
      assert.deepEqual(await store.listAudit({ limit: 10 }), [])
    })

    it('gives back every row as it was put', async () => {
      const names = new Set(nouns.map((noun) => tableOf(noun).name))
      const expected: Record<string, unknown[]> = {}
      for (const [table, row] of everyRow) (expected[table] ??= []).push(row)
      assert.deepEqual(new Set(Object.keys(expected)), names, 'a row of each kind')
      await store.commit(everyRow.map(([, row, noun]) => ({ kind: `${noun}.put`, row }) as Change))
      assert.deepEqual(await store.load(), expected)
    })

    it('removes the rows that are deleted, and takes deleting nothing for done', async () => {
      const edge = { parent: 'home', child: 'car', levels: { 1: 2 }, createdAt: at }
      await store.commit([...ground, { kind: 'ecosystemEdge.put', row: edge }])
      await store.commit([{ kind: 'ecosystemEdge.delete', row: edge }])
      await store.commit([{ kind: 'ecosystemEdge.delete', row: edge }])
      assert.deepEqual((await store.load()).ecosystemEdges, [])
      await assert.rejects(
        store.commit([
          { kind: 'ecosystemEdge.put', row: edge },
          { kind: 'ecosystemEdge.delete', row: edge },
          { kind: 'code.redeem', hash: 'unknown', device: 'lamp', at },
        ]),
        StoreConflict,
      )
      assert.deepEqual((await store.load()).ecosystemEdges, [])
    })

    it('counts uses up to their number, however many come at the same time', async () => {
      const use = { grant: 'g1', uri: 'door.unlock', used: 0, uses: 3 }
      await store.commit([
        ...ground,
        { kind: 'grant.put', row: grant('g1') },
        { kind: 'grantUse.put', row: use },
      ])
      const counted = await Promise.allSettled(
        Array.from({ length: 10 }, () =>
          store.commit([{ kind: 'grantUse.count', grant: 'g1', uri: 'door.unlock' }]),
        ),
      )
      assert.equal(counted.filter(({ status }) => status === 'fulfilled').length, 3)
      assert.deepEqual((await store.load()).grantUses, [{ ...use, used: 3 }])
    })

    it('replaces a row that is put again, with its lists', async () => {
      await store.commit([...ground, { kind: 'device.put', row: device('lamp') }])
      const row = device('lamp', { ecosystems: ['car'], status: 'quarantined' })
      const light = { id: 'light', prefix: 'bulb', capabilities: [] }
      await store.commit([
        { kind: 'device.put', row },
        { kind: 'class.put', row: light },
        { kind: 'grant.put', row: grant('g1') },
        { kind: 'grant.put', row: grant('g1', { revokedAt: at + 1 }) },
      ])
      const { devices, classes, grants } = await store.load()
      assert.deepEqual(devices, [row])
      assert.deepEqual(classes, [light])
      assert.deepEqual(grants, [grant('g1', { revokedAt: at + 1 })])
    })

    it('hands out copies that nobody shares', async () => {
      const row = {
        id: 'p',
        name: 'P',
        status: 'active' as 'active' | 'disabled',
        proofsAfter: null,
        createdAt: at,
      }
      await store.commit([{ kind: 'person.put', row }])
      row.status = 'disabled'
      const [loaded] = (await store.load()).people as readonly { status: string }[]
      assert.equal(loaded?.status, 'active')
      if (loaded !== undefined) loaded.status = 'disabled'
      assert.equal((await store.load()).people[0]?.status, 'active')
    })

    it('does all changes of a commit or none', async () => {
      await store.commit(ground)
      await assert.rejects(
        store.commit([
          {
            kind: 'person.put',
            row: { id: 'p', name: 'P', status: 'active', proofsAfter: null, createdAt: at },
          },
          { kind: 'device.put', row: device('lamp') },
          { kind: 'class.put', row: { id: 'light', prefix: 'other', capabilities: [] } },
          { kind: 'code.redeem', hash: 'unknown', device: 'lamp', at },
        ]),
        StoreConflict,
      )
      const { people, devices, classes } = await store.load()
      assert.deepEqual(people, [])
      assert.deepEqual(devices, [])
      assert.equal(classes[0]?.prefix, 'lamp')
      assert.equal(classes[0]?.capabilities.length, 2)
    })

    it('undoes a row that one commit put twice', async () => {
      await store.commit([...ground, { kind: 'grant.put', row: grant('g1') }])
      await assert.rejects(
        store.commit([
          { kind: 'grant.put', row: grant('g1', { level: 2 }) },
          { kind: 'grant.put', row: grant('g1', { level: 1 }) },
          { kind: 'code.redeem', hash: 'unknown', device: 'lamp', at },
        ]),
        StoreConflict,
      )
      assert.deepEqual((await store.load()).grants, [grant('g1')])
    })

    it('goes on after a commit that failed', async () => {
      await assert.rejects(
        store.commit([{ kind: 'code.redeem', hash: 'unknown', device: 'lamp', at }]),
        StoreConflict,
      )
      await store.commit(ground)
      assert.equal((await store.load()).ecosystems.length, 2)
    })

    it('lets a code be redeemed once, however many come at the same time', async () => {
      await store.commit([...ground, { kind: 'code.put', row: code('aa') }])
      const outcomes = await Promise.allSettled(
        ['a', 'b', 'c', 'd', 'e'].map((id) =>
          store.commit([
            { kind: 'code.redeem', hash: 'aa', device: id, at: at + 1 },
            { kind: 'device.put', row: device(id) },
          ]),
        ),
      )
      const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each] : []))
      assert.equal(refused.length, 4)
      for (const { reason } of refused) assert.ok(reason instanceof StoreConflict)
      const { devices, codes } = await store.load()
      assert.equal(devices.length, 1)
      assert.deepEqual(codes, [code('aa', { redeemedAt: at + 1, device: devices[0]?.id ?? '' })])
    })

    it('refuses a public key or a prefix that another device has', async () => {
      const lamp = device('lamp')
      await store.commit([...ground, { kind: 'device.put', row: lamp }])
      for (const row of [
        device('other', { publicKey: lamp.publicKey }),
        device('other', { prefix: 'lamp' }),
      ])
        await assert.rejects(store.commit([{ kind: 'device.put', row }]), StoreConflict)
      assert.deepEqual((await store.load()).devices, [lamp])
    })

    it('lets realms have the same prefix', async () => {
      const rows = [device('lamp'), device('lamp_away', { prefix: 'lamp', realm: 'away' })]
      await store.commit([...ground, ...rows.map((row) => ({ kind: 'device.put', row }) as const)])
      assert.deepEqual((await store.load()).devices, rows)
    })

    it('gives a key free when its device takes another', async () => {
      const lamp = device('lamp')
      const next = device('lamp', { publicKey: 'ff'.repeat(32) })
      await store.commit([...ground, { kind: 'device.put', row: lamp }])
      await store.commit([
        { kind: 'device.put', row: next },
        { kind: 'device.put', row: device('other', { publicKey: lamp.publicKey }) },
      ])
      assert.equal((await store.load()).devices.length, 2)
    })

    const loose: Readonly<Record<string, Change>> = {
      'an identity without person': {
        kind: 'identity.put',
        row: identityRow({ subject: 's', person: 'nobody' }),
      },
      'a device without class': { kind: 'device.put', row: device('x', { class: 'none' }) },
      'a device without ecosystem': {
        kind: 'device.put',
        row: device('x', { ecosystems: ['none'] }),
      },
      'a level without device': {
        kind: 'capability.put',
        row: capabilityRow({ device: 'none', uri: 'none.x' }),
      },
      'a grant without ecosystem': { kind: 'grant.put', row: grant('g', { ecosystem: 'none' }) },
      'a code without class': { kind: 'code.put', row: code('aa', { class: 'none' }) },
      'a code without ecosystem': { kind: 'code.put', row: code('aa', { ecosystems: ['none'] }) },
    }
    for (const [what, change] of Object.entries(loose))
      it(`refuses ${what}`, async () => {
        await store.commit(ground)
        const before = await store.load()
        await assert.rejects(store.commit([change]), StoreConflict)
        assert.deepEqual(await store.load(), before)
      })

    it('numbers audit records from 1 and lists the newest first', async () => {
      await store.appendAudit([record('a'), record('b')])
      await store.appendAudit([record('c')])
      const rows = await store.listAudit({ limit: 2 })
      assert.deepEqual(
        rows.map(({ seq, target }) => [seq, target]),
        [
          [3, 'c'],
          [2, 'b'],
        ],
      )
      const older = await store.listAudit({ limit: 10, before: 2 })
      assert.deepEqual(
        older.map(({ seq }) => seq),
        [1],
      )
    })

    it('gives back audit records as they were', async () => {
      const rows = [
        record('lamp.switch', {
          session: 2 ** 53,
          decisionId: 'd-1',
          details: { level: 3, nested: { text: "'ä\u{1f3e0}" }, none: null },
        }),
        record('', { outcome: 'change', session: 0, actor: 'operator:operator' }),
      ]
      await store.appendAudit(rows)
      assert.deepEqual(
        await store.listAudit({ limit: 10 }),
        rows.map((row, index) => ({ ...row, seq: index + 1 })).toReversed(),
      )
    })

    it('keeps the order of a thousand records', async () => {
      await store.appendAudit(Array.from({ length: 1_000 }, (_, index) => record(`t${index}`)))
      const rows = await store.listAudit({ limit: 1_000 })
      assert.equal(rows.length, 1_000)
      assert.ok(rows.every(({ seq, target }) => target === `t${seq - 1}`))
    })

    it('finds audit records by actor, outcome and decision', async () => {
      await store.appendAudit([
        record('a', { actor: 'person:owner', outcome: 'allow' }),
        record('b', { decisionId: 'd-2' }),
        record('c', { actor: 'person:owner' }),
      ])
      const targets = async (query: object): Promise<string[]> =>
        (await store.listAudit({ limit: 10, ...query })).map(({ target }) => target)
      assert.deepEqual(await targets({ actor: 'person:owner' }), ['c', 'a'])
      assert.deepEqual(await targets({ actor: 'person:owner', outcome: 'deny' }), ['c'])
      assert.deepEqual(await targets({ decisionId: 'd-2' }), ['b'])
      assert.deepEqual(await targets({ actor: "x' or '1'='1" }), [])
    })

    it('refuses everything once it is closed, and may be closed twice', async () => {
      await store.close()
      await store.close()
      await assert.rejects(store.commit(ground), StoreUnavailable)
      await assert.rejects(store.load(), StoreUnavailable)
      await assert.rejects(store.appendAudit([record('a')]), StoreUnavailable)
      await assert.rejects(store.listAudit({ limit: 1 }), StoreUnavailable)
    })
  })
}

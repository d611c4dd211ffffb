import assert from 'node:assert/strict'
import { IssuerCutoffs, type CutToken } from '../../ecosystems/issuer-cutoffs.ts'
import type { Changes } from '../../ecosystems/changes.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import type { CutoffRow } from '../../ecosystems/store/store.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { House, refuses } from './house.ts'

const issuer = 'https://id.example'

describe('tokens that were taken back', () => {
  let clock: ManualClock
  beforeEach(() => (clock = new ManualClock(1_000_000)))

  function token(subject: string, issuedAt: number, sid?: string): CutToken {
    return { issuer, subject, issuedAt, claims: sid === undefined ? {} : { sid } }
  }

  it('are those of the identity that were issued until then, and no later ones', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    void cutoffs.add({ issuer, subject: 'guest', at: 5_000 })
    assert.equal(cutoffs.cuts(token('guest', 5_000)), true)
    assert.equal(cutoffs.cuts(token('guest', 6_000)), false)
    assert.equal(cutoffs.cuts(token('owner', 5_000)), false)
    assert.equal(cutoffs.cuts({ ...token('guest', 5_000), issuer: 'https://other.example' }), false)
  })

  it('stay taken back when an older word comes later', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    void cutoffs.add({ issuer, subject: 'guest', at: 5_000 })
    void cutoffs.add({ issuer, subject: 'guest', at: 4_000 })
    assert.equal(cutoffs.cuts(token('guest', 5_000)), true)
  })

  it('are all of one session at the provider, whenever they were issued', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    void cutoffs.add({ issuer, sid: 's1', at: 5_000 })
    void cutoffs.add({ issuer, subject: 'owner', sid: 's2', at: 5_000 })
    assert.equal(cutoffs.cuts(token('guest', 9_000, 's1')), true)
    assert.equal(cutoffs.cuts(token('owner', 9_000, 's2')), true)
    assert.equal(cutoffs.cuts(token('guest', 9_000, 's2')), false)
    assert.equal(cutoffs.cuts(token('guest', 1_000)), false)
  })

  it('are for everybody once they are told apart no longer: what is forgotten lets nobody in', () => {
    const cutoffs = new IssuerCutoffs({ clock, keepMs: 100 })
    void cutoffs.add({ issuer, subject: 'guest', at: 5_000 })
    void cutoffs.add({ issuer, sid: 's1', at: 6_000 })
    assert.equal(cutoffs.cuts(token('friend', 5_000)), false)
    clock.advance(100)
    void cutoffs.add({ issuer, subject: 'owner', at: 9_000 })
    for (const subject of ['guest', 'owner', 'friend'])
      assert.equal(cutoffs.cuts(token(subject, 6_000)), true, subject)
    assert.equal(cutoffs.cuts(token('guest', 6_001)), false)
    assert.equal(cutoffs.cuts(token('owner', 9_000)), true)
    const elsewhere = { ...token('guest', 5_000), issuer: 'https://other.example' }
    assert.equal(cutoffs.cuts(elsewhere), false)
  })

  it('are the oldest ones that are not told apart, when there are too many', () => {
    const cutoffs = new IssuerCutoffs({ clock, max: 2 })
    for (const [subject, at] of [
      ['a', 3_000],
      ['b', 5_000],
      ['c', 7_000],
    ] as const)
      void cutoffs.add({ issuer, subject, at })
    assert.equal(cutoffs.cuts(token('somebody', 3_000)), true)
    assert.equal(cutoffs.cuts(token('somebody', 3_001)), false)
    assert.equal(cutoffs.cuts(token('b', 5_000)), true)
    assert.equal(cutoffs.cuts(token('c', 7_000)), true)
  })

  it('stay taken back over a restart: of identities, of sessions, of people never seen', async () => {
    const store = new MemoryStore()
    const first = await House.open({ store })
    const { cutoffs } = first.ecosystems
    await cutoffs.add({ issuer, subject: 'guest', at: 5_000.5 })
    await cutoffs.add({ issuer, subject: 'guest', at: 4_000 })
    await cutoffs.add({ issuer, sid: 's1', at: 5_000 })
    await cutoffs.add({ issuer, subject: 'owner', sid: 's2', at: 5_000 })
    const later = (await House.open({ store })).ecosystems.cutoffs
    assert.equal(later.cuts(token('guest', 5_000)), true)
    assert.equal(later.cuts(token('guest', 6_000)), false)
    assert.equal(later.cuts(token('anybody', 9_000, 's1')), true)
    assert.equal(later.cuts(token('owner', 9_000, 's2')), true)
    assert.equal(later.cuts(token('guest', 9_000, 's2')), false)
  })

  it('hold in memory when they cannot be stored, and whoever says so hears it', async () => {
    const house = await House.open()
    const { cutoffs } = house.ecosystems
    house.store.broken = true
    await refuses(cutoffs.add({ issuer, subject: 'guest', at: 5_000 }), 'unavailable')
    assert.equal(cutoffs.cuts(token('guest', 5_000)), true)
    assert.equal(house.alarms.at(-1)?.code, 'revocation_not_stored')
  })

  it('leave the store when they are told apart no longer, and what they say stays', async () => {
    const { changes, rows } = keeping()
    const cutoffs = new IssuerCutoffs({ clock, changes, keepMs: 100, max: 2 })
    for (let at = 1; at <= 5; at++) await cutoffs.add({ issuer, subject: `s${at}`, at })
    assert.deepEqual([...rows.values()].map(({ subject, at }) => [subject, at]).toSorted(byText), [
      ['', 3],
      ['s4', 4],
      ['s5', 5],
    ])
    const later = new IssuerCutoffs({ clock, changes, keepMs: 100, max: 2 }, [...rows.values()])
    assert.equal(later.cuts(token('somebody', 3)), true)
    assert.equal(later.cuts(token('somebody', 4)), false)
    clock.advance(100)
    await later.add({ issuer, subject: 's4', at: 9 })
    assert.deepEqual([...rows.values()].map(({ subject, at }) => [subject, at]).toSorted(byText), [
      ['', 5],
      ['s4', 9],
    ])
  })

  it('are somebody’s', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    assert.throws(() => void cutoffs.add({ issuer, at: 5_000 }), TypeError)
  })
})

/** A store that has nothing but these rows. */
function keeping(): { changes: Pick<Changes, 'take'>; rows: Map<string, CutoffRow> } {
  const rows = new Map<string, CutoffRow>()
  const changes: Pick<Changes, 'take'> = {
    take: (_name, task) =>
      task(async (all) => {
        for (const change of all) {
          if (change.kind === 'cutoff.put') rows.set(keyOf(change.row), change.row)
          if (change.kind === 'cutoff.delete') rows.delete(keyOf(change.row))
        }
      }),
  }
  return { changes, rows }
}

function byText(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]).localeCompare(String(b[0]))
}

function keyOf({ subject, sid }: CutoffRow): string {
  return JSON.stringify([subject, sid])
}

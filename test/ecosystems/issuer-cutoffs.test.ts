import assert from 'node:assert/strict'
import { IssuerCutoffs, type CutToken } from '../../ecosystems/issuer-cutoffs.ts'
import { ManualClock } from '../support/manual-clock.ts'

const issuer = 'https://id.example'

describe('tokens that were taken back', () => {
  let clock: ManualClock
  beforeEach(() => (clock = new ManualClock(1_000_000)))

  function token(subject: string, issuedAt: number, sid?: string): CutToken {
    return { issuer, subject, issuedAt, claims: sid === undefined ? {} : { sid } }
  }

  it('are those of the identity that were issued until then, and no later ones', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    cutoffs.add({ issuer, subject: 'guest', at: 5_000 })
    assert.equal(cutoffs.cuts(token('guest', 5_000)), true)
    assert.equal(cutoffs.cuts(token('guest', 6_000)), false)
    assert.equal(cutoffs.cuts(token('owner', 5_000)), false)
    assert.equal(cutoffs.cuts({ ...token('guest', 5_000), issuer: 'https://other.example' }), false)
  })

  it('stay taken back when an older word comes later', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    cutoffs.add({ issuer, subject: 'guest', at: 5_000 })
    cutoffs.add({ issuer, subject: 'guest', at: 4_000 })
    assert.equal(cutoffs.cuts(token('guest', 5_000)), true)
  })

  it('are all of one session at the provider, whenever they were issued', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    cutoffs.add({ issuer, sid: 's1', at: 5_000 })
    cutoffs.add({ issuer, subject: 'owner', sid: 's2', at: 5_000 })
    assert.equal(cutoffs.cuts(token('guest', 9_000, 's1')), true)
    assert.equal(cutoffs.cuts(token('owner', 9_000, 's2')), true)
    assert.equal(cutoffs.cuts(token('guest', 9_000, 's2')), false)
    assert.equal(cutoffs.cuts(token('guest', 1_000)), false)
  })

  it('are forgotten after the time for which no token lives', () => {
    const cutoffs = new IssuerCutoffs({ clock, keepMs: 100, max: 1 })
    cutoffs.add({ issuer, subject: 'guest', at: 5_000 })
    clock.advance(100)
    cutoffs.add({ issuer, subject: 'owner', at: 5_000 })
    assert.equal(cutoffs.cuts(token('guest', 5_000)), false)
    assert.equal(cutoffs.cuts(token('owner', 5_000)), true)
    assert.equal(cutoffs.cuts(token('friend', 5_000)), false)
  })

  it('are all that the issuer has issued, when there are too many to tell apart', () => {
    const cutoffs = new IssuerCutoffs({ clock, max: 2 })
    for (const subject of ['a', 'b', 'c']) cutoffs.add({ issuer, subject, at: 5_000 })
    assert.equal(cutoffs.cuts(token('a', 5_000)), true)
    assert.equal(cutoffs.cuts(token('somebody', 1_000_000)), true)
    assert.equal(cutoffs.cuts(token('somebody', 1_000_001)), false)
    assert.equal(
      cutoffs.cuts({ ...token('somebody', 1_000), issuer: 'https://other.example' }),
      false,
    )
  })

  it('are somebody’s', () => {
    const cutoffs = new IssuerCutoffs({ clock })
    assert.throws(() => cutoffs.add({ issuer, at: 5_000 }), TypeError)
  })
})

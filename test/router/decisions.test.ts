import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import { Decisions, haveMoved, KeptDecision } from '../../router/decisions.ts'

const forever = Number.MAX_SAFE_INTEGER

/** A decision that rests on one fact. */
function resting(): { decision: Decision; root: { value: number }; part: { value: number } } {
  const root = { value: 10 }
  const part = { value: 3 }
  const epochs = { root, parts: [{ counter: part, seen: 3 }] }
  return { root, part, decision: { allow: true, until: forever, epochs } }
}

describe('KeptDecision', () => {
  it('does not hold when its maker did not say until when', () => {
    assert.equal(new KeptDecision({ allow: true }).holds(0), false)
  })

  it('holds until its end, and not at it', () => {
    const kept = new KeptDecision({ allow: true, until: 1_000 })
    assert.equal(kept.holds(999), true)
    assert.equal(kept.holds(1_000), false)
  })

  it('falls when a fact on which it rests has moved, and not when another one has', () => {
    const { decision, root, part } = resting()
    const kept = new KeptDecision(decision)
    assert.equal(kept.holds(0), true)
    root.value++
    assert.equal(kept.holds(0), true)
    root.value++
    part.value++
    assert.equal(kept.holds(0), false)
  })

  it('reads the facts only when anything at all has changed', () => {
    const root = { value: 1 }
    let reads = 0
    const counter = {
      get value() {
        reads++
        return 3
      },
    }
    const epochs = { root, parts: [{ counter, seen: 3 }] }
    const kept = new KeptDecision({ allow: true, until: forever, epochs })
    for (let i = 0; i < 100; i++) assert.equal(kept.holds(0), true)
    assert.equal(reads, 1)
    root.value++
    for (let i = 0; i < 100; i++) assert.equal(kept.holds(0), true)
    assert.equal(reads, 2)
  })

  it('does not hold when a fact moved between the decision and its keeping', () => {
    const { decision, root, part } = resting()
    root.value++
    part.value++
    assert.equal(haveMoved(decision.epochs ?? assert.fail()), true)
    assert.equal(new KeptDecision(decision).holds(0), false)
  })
})

describe('Decisions of a session', () => {
  const allow: Decision = { allow: true, until: forever }

  it('are kept by action and URI', () => {
    const decisions = new Decisions(128)
    const deny: Decision = { allow: false, until: forever }
    decisions.keep('call', 'a.b', allow)
    decisions.keep('publish', 'a.b', deny)
    assert.equal(decisions.get('call', 'a.b', 0), allow)
    assert.equal(decisions.get('publish', 'a.b', 0), deny)
    assert.equal(decisions.get('call', 'a.c', 0), undefined)
    // No ill-formed procedure finds what is kept for a topic.
    assert.equal(decisions.get('call', '.a.b', 0), undefined)
    assert.equal(decisions.get('publish', '.a.b', 0), undefined)
  })

  it('are at most so many: the one not used for longest goes', () => {
    const decisions = new Decisions(3)
    for (const uri of ['a', 'b', 'c']) decisions.keep('call', uri, allow)
    decisions.get('call', 'a', 0)
    decisions.keep('call', 'd', allow)
    assert.equal(decisions.size, 3)
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((uri) => decisions.get('call', uri, 0) !== undefined),
      [true, false, true, true],
    )
  })

  it('are not kept without an end, or with counted uses', () => {
    const decisions = new Decisions(3)
    decisions.keep('call', 'a', { allow: true })
    decisions.keep('call', 'b', { allow: true, until: forever, consume: () => undefined })
    assert.equal(decisions.size, 0)
  })

  it('that fell are forgotten', () => {
    const decisions = new Decisions(3)
    decisions.keep('call', 'a', { allow: true, until: 5 })
    assert.equal(decisions.get('call', 'a', 5), undefined)
    assert.equal(decisions.size, 0)
  })

  it('are all forgotten when the principal is another', () => {
    const decisions = new Decisions(3)
    decisions.keep('call', 'a', allow)
    decisions.clear()
    assert.equal(decisions.get('call', 'a', 0), undefined)
  })
})

import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import type { Dict } from '../../router/wire/message.ts'
import { memoryRouter, type MemoryRouter } from '../support/memory-router.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { announcing } from '../support/roles.ts'

const trusting = announcing({ callee: ['call_trustlevels', 'progressive_call_results'] })

/** The id of the session that joined last. */
function lastOf({ realm }: MemoryRouter): number {
  return [...realm.sessions.keys()].at(-1) ?? 0
}

/** A caller whose next calls are decided by `next`, and two callees, of which one takes trust levels. */
function scene(next: { decision: Partial<Decision> }, authid = 'owner') {
  // As an authorizer may have it: the very same object each time.
  const decisions = new Map<Partial<Decision>, Decision>()
  const house = memoryRouter(({ action }) => {
    if (action !== 'call') return { allow: true }
    const decision = decisions.get(next.decision) ?? {
      allow: true,
      disclose: true,
      ...next.decision,
    }
    decisions.set(next.decision, decision)
    return decision
  })
  const lamp = house.join(trusting)
  lamp.ask([64, 1, {}, 'lamp.switch'])
  const door = house.join()
  door.ask([64, 1, {}, 'door.open'])
  const caller = house.join({ authid })
  const id = lastOf(house)
  let request = 0
  /** INVOCATION.Details of a call. */
  const told = (callee: MemoryClient, options: Dict = {}): unknown => {
    caller.send([48, ++request, options, callee === lamp ? 'lamp.switch' : 'door.open'])
    const [invocation] = callee.take()
    return invocation?.[3]
  }
  return { house, lamp, door, id, told }
}

describe('What callees are told of a caller', () => {
  it('is the same for each call, and what else a call says comes to it', () => {
    const { lamp, id, told } = scene({ decision: { trustlevel: 7 } })
    const who = { caller: id, caller_authid: 'owner', caller_authrole: 'anonymous' }
    for (let i = 0; i < 3; i++) assert.deepEqual(told(lamp), { ...who, trustlevel: 7 })
    const progress = { ...who, trustlevel: 7, receive_progress: true }
    assert.deepEqual(told(lamp, { receive_progress: true }), progress)
    assert.deepEqual(told(lamp), { ...who, trustlevel: 7 })
  })

  it('is another thing for each callee, by what that one takes', () => {
    const { lamp, door, id, told } = scene({ decision: { trustlevel: 7 } })
    const who = { caller: id, caller_authid: 'owner', caller_authrole: 'anonymous' }
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(told(lamp), { ...who, trustlevel: 7 })
      assert.deepEqual(told(door), who)
    }
  })

  it('follows the decision at once: another level, another name, or none', () => {
    const next: { decision: Partial<Decision> } = { decision: {} }
    const { lamp, id, told } = scene(next)
    const who = { caller: id, caller_authid: 'owner', caller_authrole: 'anonymous' }
    const each: [Partial<Decision>, object][] = [
      [{}, who],
      [{ trustlevel: 9 }, { ...who, trustlevel: 9 }],
      [{ trustlevel: 0 }, { ...who, trustlevel: 0 }],
      [{ discloseAs: { authid: 'p1' } }, { caller_authid: 'p1' }],
      [{ discloseAs: { authid: 'p2' } }, { caller_authid: 'p2' }],
      [
        { discloseAs: { authid: 'p1', authrole: 'guest' } },
        { caller_authid: 'p1', caller_authrole: 'guest' },
      ],
      [{ disclose: false, trustlevel: 3 }, { trustlevel: 3 }],
      [{ disclose: false }, {}],
    ]
    for (const [decision, details] of [...each, ...each.toReversed(), ...each]) {
      next.decision = decision
      assert.deepEqual(told(lamp), details)
    }
  })

  it('is who the caller is now, where it proved itself anew', () => {
    const { house, lamp, id, told } = scene({ decision: {} })
    told(lamp)
    const session = house.realm.sessions.get(id)
    assert(session !== undefined)
    session.renew({ ...session.principal, authrole: 'owner' })
    assert.deepEqual(told(lamp), {
      caller: id,
      caller_authid: 'owner',
      caller_authrole: 'owner',
    })
  })

  it('is nothing of another caller', () => {
    const { house, lamp, id, told } = scene({ decision: { trustlevel: 7 } }, 'grüße')
    told(lamp)
    const other = house.join({ authid: 'grüße' })
    other.send([48, 1, {}, 'lamp.switch'])
    const details = lamp.take()[0]?.[3] as Dict
    assert.deepEqual([details['caller'], details['caller_authid']], [lastOf(house), 'grüße'])
    assert.deepEqual((told(lamp) as Dict)['caller'], id)
  })
})

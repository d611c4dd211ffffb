import assert from 'node:assert/strict'
import type { Action, Decision } from '../../router/access.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter } from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'

const refusal = 'wamp.error.option_disallowed.disclose_me'

/** A caller and a callee of `lamp.switch` in a realm that adds this to what it allows. */
function scene(
  added: Partial<Record<Action, Partial<Decision>>>,
  callee = announcing({ callee: ['call_trustlevels', 'caller_identification'] }),
): { caller: MemoryClient; device: MemoryClient } {
  const { join } = memoryRouter(({ action }) => ({ allow: true, ...added[action] }))
  const device = join(callee)
  return { caller: join({ authid: 'owner' }), device }
}

describe('Who calls', () => {
  it('is refused option_disallowed.disclose_me where the realm does not let it say who it is, and nobody is called', () => {
    const { caller, device } = scene({ call: { disclose: false } })
    device.ask([64, 1, {}, 'lamp.switch'])
    assert.equal(caller.ask([48, 1, { disclose_me: true }, 'lamp.switch'])[0]?.[4], refusal)
    assert.deepEqual(device.take(), [])
    caller.send([48, 2, {}, 'lamp.switch'])
    assert.deepEqual(device.take()[0]?.[3], {})
  })

  it('may not be asked for by REGISTER.disclose_caller where the realm does not let the callee know', () => {
    const { device } = scene({ register: { disclose: false } })
    const [answer] = device.ask([64, 1, { disclose_caller: true }, 'lamp.switch'])
    assert.equal(answer?.[4], refusal)
    assert.equal(device.ask([64, 2, {}, 'lamp.switch'])[0]?.[0], 65)
  })

  it('is not told by disclose_caller where the caller is not to be known', () => {
    const { caller, device } = scene({ call: { disclose: false } })
    device.ask([64, 1, { disclose_caller: true }, 'lamp.switch'])
    caller.send([48, 1, {}, 'lamp.switch'])
    assert.deepEqual(device.take()[0]?.[3], {})
  })

  it('is told whatever the options say where the realm wants it so', () => {
    const { caller, device } = scene({ call: { disclose: true } })
    device.ask([64, 1, {}, 'lamp.switch'])
    caller.send([48, 1, { disclose_me: false }, 'lamp.switch'])
    const details = device.take()[0]?.[3] as { caller_authid: unknown }
    assert.equal(details.caller_authid, 'owner')
  })
})

describe('The trust level of a call', () => {
  it('goes to a callee that announced call_trustlevels as INVOCATION.Details.trustlevel, as the decision says it', () => {
    for (const trustlevel of [0, 2]) {
      const { caller, device } = scene({ call: { trustlevel } })
      device.ask([64, 1, {}, 'lamp.switch'])
      caller.send([48, 1, {}, 'lamp.switch'])
      assert.deepEqual(device.take()[0]?.[3], { trustlevel })
    }
  })

  it('goes to no other callee, and is no constant: without one in the decision there is none', () => {
    const { caller, device } = scene({ call: { trustlevel: 2 } }, announcing({}))
    device.ask([64, 1, {}, 'lamp.switch'])
    caller.send([48, 1, {}, 'lamp.switch'])
    assert.deepEqual(device.take()[0]?.[3], {})
    const other = scene({})
    other.device.ask([64, 1, {}, 'lamp.switch'])
    other.caller.send([48, 1, {}, 'lamp.switch'])
    assert.deepEqual(other.device.take()[0]?.[3], {})
  })
})

describe('CANCEL', () => {
  it('without a mode is killnowait; with one that there is not it is answered with ERROR, and the call goes on', () => {
    const { caller, device } = scene({}, announcing({ callee: ['call_canceling'] }))
    device.ask([64, 1, {}, 'lamp.switch'])
    caller.rawIds = true
    caller.send([48, 1, {}, 'lamp.switch'])
    const text = 'CANCEL.Options.mode is "gently", it must be one of skip, kill, killnowait'
    assert.deepEqual(caller.ask([49, 1, { mode: 'gently' }]), [
      [8, 49, 1, {}, 'wamp.error.invalid_argument', [text]],
    ])
    assert.deepEqual(
      device.take().map(([type]) => type),
      [68],
    )
    device.send([70, 1, {}, ['on']])
    assert.deepEqual(caller.take(), [[50, 1, {}, ['on']]])
    caller.send([48, 2, {}, 'lamp.switch'])
    device.take()
    assert.deepEqual(caller.ask([49, 2, {}]), [[8, 48, 2, {}, 'wamp.error.canceled']])
    assert.deepEqual(device.take(), [[69, 2, { mode: 'killnowait' }]])
  })
})

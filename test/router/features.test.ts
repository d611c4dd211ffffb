import assert from 'node:assert/strict'
import { announcedFeatures, routerRoles } from '../../router/features.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter } from '../support/memory-router.ts'
import { allRoles } from '../support/wamp-client.ts'

describe('Features', () => {
  it('that a client spells as the specification does once are those it means', () => {
    const features = { call_cancelling: true, progressive_call_invocations: true, other: false }
    assert.deepEqual(
      announcedFeatures({ callee: { features } }),
      new Set(['callee.call_canceling', 'callee.progressive_call_invocations']),
    )
  })

  it('of the router are told in WELCOME, but not to a client that takes no message of that length', () => {
    const { router } = memoryRouter()
    const told = (maxFrameBytes: number): unknown => {
      const client = new MemoryClient(router, { maxFrameBytes })
      const [welcome] = client.ask([1, 'realm1', { roles: allRoles }])
      return (welcome?.[2] as { roles: unknown } | undefined)?.roles
    }
    assert.deepEqual(told(16_384), JSON.parse(JSON.stringify(routerRoles)))
    assert.deepEqual(told(512), { broker: { features: {} }, dealer: { features: {} } })
  })
})

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

  it('that two clients announce alike are kept once, however many clients there are', () => {
    const announce = (...names: string[]): ReadonlySet<string> | undefined =>
      announcedFeatures({
        callee: { features: Object.fromEntries(names.map((name) => [name, true])) },
        caller: {},
      })
    assert.equal(announce('call_timeout', 'reflection'), announce('call_timeout', 'reflection'))
    assert.equal(announce(), announce())
    assert.notEqual(announce('call_timeout'), announce())
  })

  it('with a name that looks like two others are not taken for those, whoever announced first', () => {
    for (const between of [' ', ',', '","', '\0']) {
      const made = announcedFeatures({ callee: { features: { [`a${between}callee.b`]: true } } })
      const features = { a: true, b: true }
      assert.deepEqual(
        announcedFeatures({ callee: { features } }),
        new Set(['callee.a', 'callee.b']),
      )
      assert.deepEqual(made, new Set([`callee.a${between}callee.b`]))
    }
  })

  it('that nobody else announces are kept by their session alone, when there are many of them', () => {
    const announce = (name: string): ReadonlySet<string> | undefined =>
      announcedFeatures({ callee: { features: { [name]: true } } })
    for (let i = 0; i < 300; i++) announce(`made_up_${i}`)
    assert.notEqual(announce('made_up_299'), announce('made_up_299'))
    assert.deepEqual(announce('made_up_299'), new Set(['callee.made_up_299']))
    assert.notEqual(announce('x'.repeat(5_000)), announce('x'.repeat(5_000)))
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

import assert from 'node:assert/strict'
import { z } from 'zod'
import { conditionKeys, conditionsOf, viewOf } from '../../../realms/services/conditions.ts'

describe('what a capability asks for beyond its level', () => {
  const all = {
    acr: 'aal2',
    max_age: '5m',
    approval: 'owner',
    presence: true,
    assert: true,
  } as const
  const row = { acr: 'aal2', maxAgeMs: 300_000, approval: 'owner', presence: true, assert: true }

  it('is said key by key', () => {
    assert.deepEqual(conditionsOf(all), row)
    assert.deepEqual(conditionsOf({}), {})
    assert.deepEqual(conditionsOf({ assert: true }), { assert: true })
  })

  it('stays as it is where nothing is said of it, and goes where that is said', () => {
    const before = conditionsOf(all)
    assert.deepEqual(conditionsOf({}, before), row)
    assert.deepEqual(conditionsOf({ acr: 'aal3' }, before), { ...row, acr: 'aal3' })
    const none = {
      acr: 'none',
      max_age: 'none',
      approval: 'none',
      presence: false,
      assert: false,
    } as const
    assert.deepEqual(conditionsOf(none, before), {})
  })

  it('is shown with milliseconds', () => {
    const { maxAgeMs: _, ...rest } = row
    assert.deepEqual(viewOf(conditionsOf(all)), { ...rest, max_age_ms: 300_000 })
  })

  it('is refused in other words', () => {
    const schema = z.strictObject(conditionKeys)
    assert.ok(schema.safeParse(all).success)
    assert.ok(schema.safeParse({}).success)
    for (const wrong of [
      { acr: 'aal4' },
      { acr: 2 },
      { max_age: 300 },
      { max_age: '0s' },
      { approval: 'guest' },
      { presence: 'yes' },
      { assert: 1 },
    ])
      assert.ok(!schema.safeParse(wrong).success, JSON.stringify(wrong))
  })
})

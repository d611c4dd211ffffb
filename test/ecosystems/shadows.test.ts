import assert from 'node:assert/strict'
import { House, refuses } from './house.ts'

describe('the shadow of a device', () => {
  let house: House
  const by = 'person:owner'

  beforeEach(async () => {
    house = await House.open({ bounds: { shadowBytes: 100 } })
    await house.device('lamp')
  })

  it('is at version 0 before anybody wished or said anything', () => {
    const { shadows } = house.ecosystems
    const { desired, desiredVersion, reported, reportedVersion } = shadows.get('lamp')
    assert.deepEqual([desired, desiredVersion, reported, reportedVersion], [{}, 0, {}, 0])
    assert.equal(shadows.pending('lamp'), undefined)
  })

  it('takes in wishes by merging them; null takes a key away', async () => {
    const { shadows } = house.ecosystems
    await shadows.setDesired('lamp', { desired: { on: true, color: { r: 1, g: 2 } }, by })
    const row = await shadows.setDesired('lamp', {
      desired: { on: null, color: { g: null, b: 3 }, list: [null, 1] },
      by,
    })
    assert.deepEqual(row.desired, { color: { r: 1, b: 3 }, list: [null, 1] })
    assert.equal(row.desiredVersion, 2)
    assert.deepEqual((await house.restarted()).shadows.get('lamp'), row)
  })

  it('refuses a wish that was made on another version', async () => {
    const { shadows } = house.ecosystems
    await shadows.setDesired('lamp', { desired: { on: true }, version: 0, by })
    await refuses(
      shadows.setDesired('lamp', { desired: { on: false }, version: 0, by }),
      'conflict',
      /found 0, the desired state is at 1/,
    )
    const results = await Promise.allSettled(
      [1, 1].map((version) => shadows.setDesired('lamp', { desired: { on: false }, version, by })),
    )
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
  })

  it('has a wish pending until the device has taken that very version', async () => {
    const { shadows } = house.ecosystems
    await shadows.setDesired('lamp', { desired: { on: true }, by })
    await shadows.setDesired('lamp', { desired: { on: false }, by })
    await shadows.report('lamp', { reported: { on: true }, version: 1 })
    assert.equal(shadows.pending('lamp')?.desiredVersion, 2)
    await shadows.report('lamp', { reported: { on: false }, version: 2 })
    assert.equal(shadows.pending('lamp'), undefined)
    await shadows.report('lamp', { version: 1 })
    assert.equal(shadows.pending('lamp'), undefined)
    assert.equal(shadows.get('lamp').reportedVersion, 2)
    await refuses(shadows.report('lamp', { version: 3 }), 'invalid_argument', /at most 2/)
  })

  it('is bounded in size and depth, and takes keys for what they are', async () => {
    const { shadows } = house.ecosystems
    await refuses(
      shadows.setDesired('lamp', { desired: { a: 'x'.repeat(100) }, by }),
      'invalid_argument',
      /desired: found "\d+ bytes of JSON", allowed is at most 100/,
    )
    await refuses(shadows.report('lamp', { reported: { a: 'x'.repeat(100) } }), 'invalid_argument')
    let deep: Record<string, unknown> = {}
    for (let i = 0; i < 30; i++) deep = { a: deep }
    await refuses(shadows.setDesired('lamp', { desired: deep, by }), 'invalid_argument', /nesting/)
    const hostile = JSON.parse('{"__proto__":{"on":true}}') as Record<string, unknown>
    const row = await shadows.setDesired('lamp', { desired: hostile, by })
    assert.equal('on' in row.desired, false)
    assert.equal(({} as Record<string, unknown>)['on'], undefined)
  })

  it('stays as it was when it cannot be stored, and nobody is told', async () => {
    const { shadows } = house.ecosystems
    const heard: number[] = []
    const stop = shadows.onDesired(({ desiredVersion }) => heard.push(desiredVersion))
    house.store.broken = true
    await refuses(shadows.setDesired('lamp', { desired: { on: true }, by }), 'unavailable')
    await refuses(shadows.report('lamp', { reported: { on: true } }), 'unavailable')
    assert.equal(shadows.get('lamp').desiredVersion, 0)
    house.store.broken = false
    await shadows.setDesired('lamp', { desired: { on: true }, by })
    stop()
    assert.deepEqual(heard, [1])
  })
})

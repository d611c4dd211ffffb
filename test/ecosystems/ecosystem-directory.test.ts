import assert from 'node:assert/strict'
import { House, refuses } from './house.ts'

describe('the directory of ecosystems', () => {
  it('keeps them by id, each in its realm', async () => {
    const house = await House.open()
    const { directory } = house.ecosystems
    const car = await directory.create({ id: 'car', realm: 'away', name: 'The car' })
    assert.deepEqual(directory.get('car'), car)
    assert.equal(directory.get('home')?.name, 'home')
    assert.deepEqual(
      directory.list().map(({ id }) => id),
      ['home', 'car'],
    )
    assert.deepEqual(directory.list('away'), [car])
    assert.deepEqual((await house.restarted()).directory.list(), directory.list())
  })

  it('refuses an id that is taken, and names that are none', async () => {
    const { directory } = (await House.open()).ecosystems
    await refuses(
      directory.create({ id: 'home', realm: 'x' }),
      'conflict',
      /ecosystem home already/,
    )
    await refuses(directory.create({ id: 'My Home', realm: 'x' }), 'invalid_argument', /^id:/)
    await refuses(directory.create({ id: 'x', realm: 'a b' }), 'invalid_argument', /^realm:/)
    await refuses(directory.create({ id: 'x', realm: 'x', name: '' }), 'invalid_argument', /^name:/)
  })

  it('makes one of two that come at the same time under one id', async () => {
    const { directory } = (await House.open()).ecosystems
    const outcomes = await Promise.allSettled([
      directory.create({ id: 'car', realm: 'a' }),
      directory.create({ id: 'car', realm: 'b' }),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    assert.equal(directory.get('car')?.realm, 'a')
  })

  it('has so many and no more', async () => {
    const { directory } = (await House.open({ bounds: { ecosystems: 1 } })).ecosystems
    await refuses(
      directory.create({ id: 'car', realm: 'x' }),
      'invalid_state',
      /ecosystems: there are 1/,
    )
  })
})

import assert from 'node:assert/strict'
import type { Fall } from '../../ecosystems/falls.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import { House, issuer, refuses } from './house.ts'

const guest = { issuer, subject: 'guest', reason: 'account-disabled' }

describe('federated identities', () => {
  let house: House
  beforeEach(async () => {
    house = await House.open()
    await house.ecosystems.people.admit({ issuer, subject: 'guest' })
  })

  it('are disabled in memory and told of at once, before that is stored', async () => {
    const { identities } = house.ecosystems
    house.store.commits.length = 0
    const falls: Fall[] = []
    house.ecosystems.onFallen((fall) => falls.push(fall))
    const epoch = identities.epochOf(issuer, 'guest')
    const before = [epoch.value, house.ecosystems.epoch.value]
    const done = identities.disable(guest)
    assert.equal(identities.isDisabled(issuer, 'guest'), true)
    assert.deepEqual(house.store.commits, [])
    assert.deepEqual(
      falls
        .filter(({ kind }) => kind === 'identity')
        .map(({ reason, identity }) => ({ reason, identity })),
      [{ reason: 'account-disabled', identity: { issuer, subject: 'guest' } }],
    )
    assert.notDeepEqual(
      [identities.epochOf(issuer, 'guest').value, house.ecosystems.epoch.value],
      before,
    )
    assert.equal((await done)?.status, 'disabled')
    // Their person is not: there may be another way to come.
    assert.equal(house.ecosystems.people.byIdentity(issuer, 'guest')?.status, 'active')
  })

  it('stay disabled over a restart, until they are enabled', async () => {
    const store = new MemoryStore()
    const first = await House.open({ store })
    await first.ecosystems.people.admit({ issuer, subject: 'guest' })
    await first.ecosystems.identities.disable(guest)
    const second = await House.open({ store })
    assert.equal(second.ecosystems.identities.isDisabled(issuer, 'guest'), true)
    await second.ecosystems.identities.enable(guest)
    assert.equal(second.ecosystems.identities.isDisabled(issuer, 'guest'), false)
    const third = await House.open({ store })
    assert.equal(third.ecosystems.identities.isDisabled(issuer, 'guest'), false)
  })

  it('are enabled by their provider if it has disabled them, over a restart, too, and never if the house has', async () => {
    const store = new MemoryStore()
    const identitiesAnew = async (): Promise<House['ecosystems']['identities']> =>
      (await House.open({ store })).ecosystems.identities
    await (await House.open({ store })).ecosystems.people.admit({ issuer, subject: 'guest' })
    const provider = { ...guest, by: 'provider' } as const
    for (const [says, is] of [
      [[provider], 'active'],
      [[guest], 'disabled'],
      [[provider, guest], 'disabled'],
      [[guest, provider], 'disabled'],
      [[provider, provider], 'active'],
    ] as const) {
      for (const change of says) await (await identitiesAnew()).disable(change)
      const later = await identitiesAnew()
      assert.equal((await later.enable(provider))?.status, is === 'active' ? is : undefined)
      assert.equal(later.get(issuer, 'guest')?.status, is)
      assert.equal((await identitiesAnew()).get(issuer, 'guest')?.status, is)
      await (await identitiesAnew()).enable(guest)
      assert.equal((await identitiesAnew()).get(issuer, 'guest')?.disabledBy, null)
    }
  })

  it('stay the house’s while what it disabled waits for the store', async () => {
    const { identities } = house.ecosystems
    house.store.broken = true
    await refuses(identities.disable(guest), 'unavailable')
    house.store.broken = false
    await identities.disable({ ...guest, by: 'provider' })
    assert.equal(await identities.enable({ ...guest, by: 'provider' }), undefined)
    assert.equal(identities.isDisabled(issuer, 'guest'), true)
  })

  it('stay disabled in memory when the store fails, and stay disabled when enabling them fails', async () => {
    const { identities } = house.ecosystems
    house.store.broken = true
    await refuses(identities.disable(guest), 'unavailable')
    assert.equal(identities.isDisabled(issuer, 'guest'), true)
    assert.equal(house.alarms.at(-1)?.code, 'revocation_not_stored')
    house.store.broken = false
    await identities.disable(guest)
    house.store.broken = true
    await refuses(identities.enable(guest), 'unavailable')
    assert.equal(identities.isDisabled(issuer, 'guest'), true)
    house.store.broken = false
    await identities.enable(guest)
    assert.equal(identities.isDisabled(issuer, 'guest'), false)
  })

  it('that nobody has come by are neither disabled nor enabled, and it is no error', async () => {
    const { identities } = house.ecosystems
    const stranger = { issuer, subject: 'stranger', reason: 'account-disabled' }
    assert.equal(await identities.disable(stranger), undefined)
    assert.equal(await identities.enable(stranger), undefined)
    assert.equal(identities.isDisabled(issuer, 'stranger'), false)
  })

  it('are enabled by who asked last, whatever the store does first', async () => {
    const { identities } = house.ecosystems
    const changes = [
      identities.enable(guest),
      identities.disable(guest),
      identities.enable(guest),
      identities.disable(guest),
    ]
    assert.equal(identities.isDisabled(issuer, 'guest'), true)
    await Promise.all(changes)
    assert.equal(identities.isDisabled(issuer, 'guest'), true)
  })
})

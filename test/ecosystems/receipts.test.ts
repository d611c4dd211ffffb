import assert from 'node:assert/strict'
import { House, refuses } from './house.ts'

describe('receipts', () => {
  let house: House
  let last = 0
  const made = (more: { expiresAt?: number; person?: string } = {}) => ({
    id: `receipt${++last}`,
    person: 'guest',
    payee: 'The Café',
    amount: '3.50',
    currency: 'EUR',
    ref: 'order 7',
    expiresAt: house.clock.now() + 60_000,
    ...more,
  })

  beforeEach(async () => {
    house = await House.open({ bounds: { receipts: 3, receiptsPerPerson: 2 } })
    for (const id of ['guest', 'owner']) await house.person(id)
  })

  it('are remembered before anybody has them, and redeemed once, also after a restart', async () => {
    const { receipts } = house.ecosystems
    const { id } = await receipts.add(made())
    const { usedAt } = await receipts.redeem(id)
    assert.equal(usedAt, house.clock.now())
    await refuses(receipts.redeem(id), 'conflict', /redeemed before/)
    await refuses((await house.restarted()).receipts.redeem(id), 'conflict')
  })

  it('are redeemed by one of fifty who come together', async () => {
    const { receipts } = house.ecosystems
    const { id } = await receipts.add(made())
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => receipts.redeem(id)))
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  it('are neither given nor used up when that could not be stored', async () => {
    const { receipts } = house.ecosystems
    house.store.broken = true
    await refuses(receipts.add(made()), 'unavailable')
    house.store.broken = false
    const { id } = await receipts.add(made())
    house.store.broken = true
    await refuses(receipts.redeem(id), 'unavailable')
    house.store.broken = false
    await receipts.redeem(id)
  })

  it('end', async () => {
    const { receipts } = house.ecosystems
    const { id } = await receipts.add(made())
    house.clock.advance(60_000)
    await refuses(receipts.redeem(id), 'not_found')
    await refuses((await house.restarted()).receipts.redeem(id), 'not_found')
    await refuses(receipts.redeem('another'), 'not_found')
  })

  it('are bounded for each person and in all, until some are over', async () => {
    const { receipts } = house.ecosystems
    await receipts.add(made())
    await receipts.add(made())
    await refuses(receipts.add(made()), 'invalid_state', /receiptsPerPerson of guest/)
    await receipts.add(made({ person: 'owner' }))
    await refuses(receipts.add(made({ person: 'owner' })), 'invalid_state', /receipts:/)
    house.clock.advance(60_000)
    await receipts.add(made())
  })
})

import assert from 'node:assert/strict'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

describe('whoever has lost a right', function () {
  this.timeout(20_000)
  let house: Outside
  let guest: WampClient
  let friend: WampClient
  let answer: () => void
  let called: () => void
  let arrived: Promise<void>

  before(async () => {
    house = await startOutside()
    for (const id of ['guest', 'friend']) await house.person(id)
    await house.device('light', {
      prefix: 'lamp',
      handlers: {
        switch: () => {
          const waiting = new Promise<void>((resolve) => (answer = resolve))
          called()
          return waiting
        },
      },
    })
    guest = await house.join(await house.token(0, 'guest'))
    friend = await house.join(await house.token(0, 'friend'))
  })

  after(async () => {
    answer()
    await house.stop()
  })

  beforeEach(() => {
    arrived = new Promise((resolve) => (called = resolve))
  })

  it('has no call under way by it any more; its session goes on', async () => {
    const id = await house.grant('guest', 3)
    guest.send([48, 700, {}, 'lamp.switch'])
    await arrived
    await house.manage('grant.revoke', { id })
    const ended = await guest.next()
    assert.deepEqual([ended[0], ended[2]], [8, 700])
    assert.equal(await house.outcome(guest, 'latchkey.discovery.list'), 'RESULT')
    answer()
  })

  it('has none either where the use was counted, or was given by one that fell', async () => {
    const root = await house.grant('guest', 3, { delegable: 1, uses: { 'lamp.switch': 5 } })
    await house.call(guest, 'latchkey.grant.create', [], {
      to: 'friend',
      ecosystem: 'home',
      level: 3,
      uses: { 'lamp.switch': 1 },
    })
    friend.send([48, 701, {}, 'lamp.switch'])
    await arrived
    await house.manage('grant.revoke', { id: root })
    const ended = await friend.next()
    assert.deepEqual([ended[0], ended[2]], [8, 701])
    answer()
  })

  it('has none either where more is asked for since, or the provider is trusted less', async () => {
    const id = await house.grant('guest', 3)
    const lamp = { device: 'lamp', uri: 'lamp.switch', action: 'call', ecosystem: 'home' }
    const trust = { ecosystem: 'home', issuer: house.providers[0]?.issuer }
    const ends = async (request: number, narrow: () => Promise<unknown>): Promise<void> => {
      arrived = new Promise((resolve) => (called = resolve))
      guest.send([48, request, {}, 'lamp.switch'])
      await arrived
      await narrow()
      const ended = await guest.next()
      assert.deepEqual([ended[0], ended[2]], [8, request])
      answer()
    }
    await ends(710, () => house.manage('capability.set', { ...lamp, level: 1 }))
    await house.manage('capability.set', { ...lamp, level: 3 })
    await ends(711, () => house.manage('ecosystem.trust_idp', { ...trust, max_level: 9 }))
    await house.manage('ecosystem.trust_idp', { ...trust, max_level: 1 })
    await house.manage('grant.revoke', { id })
  })

  it('goes on with what it may by another grant', async () => {
    const id = await house.grant('guest', 3)
    const kept = await house.grant('guest', 2)
    guest.send([48, 702, {}, 'lamp.switch'])
    await arrived
    await house.manage('grant.revoke', { id })
    assert.equal(await house.outcome(friend, 'latchkey.discovery.list'), 'RESULT')
    answer()
    const result = await guest.next()
    assert.deepEqual([result[0], result[1]], [50, 702])
    await house.manage('grant.revoke', { id: kept })
  })
})

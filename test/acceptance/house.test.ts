import assert from 'node:assert/strict'
import { CallError, JoinRefused } from '../../clients/index.ts'
import { eventually } from '../support/eventually.ts'
import { startHouse, type House, type PersonName } from '../support/house.ts'
import { WampClient } from '../support/wamp-client.ts'

const denied = (error: unknown): boolean =>
  error instanceof CallError && error.uri === 'wamp.error.not_authorized'

/** Joins by ticket as a client that is not ours. */
async function join(house: House, person: PersonName, authid?: string): Promise<WampClient> {
  const client = await WampClient.webSocket(house.url)
  const details = authid === undefined ? {} : { authid }
  const challenge = await client.ask([
    1,
    'home',
    { roles: { caller: {}, subscriber: {} }, authmethods: ['ticket'], ...details },
  ])
  assert.deepEqual(challenge, [4, 'ticket', {}])
  const welcome = await client.ask([5, await house.token(person), {}])
  assert.equal(welcome[0], 2, JSON.stringify(welcome))
  assert.equal((welcome[2] as Record<string, unknown>)['authid'], person)
  return client
}

describe('a house', () => {
  let house: House
  before(async () => (house = await startHouse()))
  after(() => house.stop())

  it('lets a guest of level 3 switch the lamp, which requires 3', async () => {
    const guest = await house.app('guest')
    assert.deepEqual((await guest.call('lamp.switch', [true])).args, [{ done: true }])
    assert.ok(house.told.includes('lamp.switch [true]'))
  })

  it('keeps the guest from the safe, which requires 1, and opens it to the owner', async () => {
    const guest = await house.app('guest')
    const owner = await house.app('owner')
    await assert.rejects(guest.call('safe.open'), denied)
    assert.deepEqual((await owner.call('safe.open')).args, [{ done: true }])
    assert.equal(house.told.filter((line) => line.startsWith('safe.open')).length, 1)
  })

  it('takes HELLO.authid for a hint: the guest as "owner" is the guest', async () => {
    const guest = await join(house, 'guest', 'owner')
    guest.send([48, 1, {}, 'safe.open'])
    assert.equal((await guest.next())[4], 'wamp.error.not_authorized')
    guest.close()
  })

  it('tells a stranger the same of a procedure that is there and of one that is not', async () => {
    const guest = await join(house, 'guest')
    const there = await guest.ask([48, 1, {}, 'safe.open'])
    const missing = await guest.ask([48, 2, {}, 'cellar.open'])
    const shape = (error: unknown[]): unknown[] => [
      error[4],
      Object.keys(error[3] as object),
      error.length,
    ]
    assert.deepEqual(shape(there), shape(missing))
    guest.close()
  })

  it('changes the answer of a live session with the very next call after a grant and a revoke', async () => {
    const guest = await join(house, 'guest')
    let request = 0
    const openSafe = (): Promise<unknown[]> => guest.ask([48, ++request, {}, 'safe.open'])
    assert.equal((await openSafe())[4], 'wamp.error.not_authorized')
    for (let round = 0; round < 20; round++) {
      const { id } = await house.manage('grant.create', {
        to: 'guest',
        ecosystem: 'home',
        level: 1,
      })
      assert.equal((await openSafe())[0], 50)
      await house.manage('grant.revoke', { id })
      assert.equal((await openSafe())[4], 'wamp.error.not_authorized')
    }
    guest.close()
  })

  it('withholds an event whose right was revoked, and delivers again when it is back', async () => {
    const friend = await join(house, 'friend')
    const grants = (await house.manage('grant.list', { ecosystem: 'home' }))['grants'] as {
      id: string
      to: string
    }[]
    const grant = grants.find(({ to }) => to === 'friend')
    assert.ok(grant)
    assert.equal((await friend.ask([32, 1, {}, 'lamp.on_change']))[0], 33)
    await house.lamp.publish('on_change', ['first'])
    assert.deepEqual((await friend.next())[4], ['first'])
    await house.manage('grant.revoke', { id: grant.id })
    await house.lamp.publish('on_change', ['withheld'])
    assert.deepEqual(await friend.settle(), [])
    await house.manage('grant.create', { to: 'friend', ecosystem: 'home', level: 2 })
    await house.lamp.publish('on_change', ['again'])
    const event = await friend.next()
    assert.deepEqual(event[4], ['again'])
    assert.equal((event[3] as Record<string, unknown>)['publisher_authid'], 'lamp')
    friend.close()
  })

  it('closes the sessions of a disabled person in under 100 ms and refuses to let it in again', async () => {
    const guest = await join(house, 'guest')
    const closed = guest.closed.then(() => performance.now())
    const from = performance.now()
    const disabling = house.manage('person.disable', { person: 'guest' })
    assert.deepEqual((await guest.next())[2], 'wamp.close.killed')
    const took = (await closed) - from
    await disabling
    assert.ok(took < 100, `took ${took} ms`)
    await assert.rejects(
      house.app('guest'),
      (error) => error instanceof JoinRefused && error.uri === 'wamp.error.authentication_denied',
    )
    await house.manage('person.enable', { person: 'guest' })
    const back = await join(house, 'guest')
    assert.equal((await back.ask([48, 1, {}, 'lamp.switch', [false]]))[0], 50)
    back.close()
  })

  it('keeps every acknowledged grant and revocation over a restart, and devices come back', async () => {
    const { id } = await house.manage('grant.create', { to: 'guest', ecosystem: 'home', level: 1 })
    const { id: kept } = await house.manage('grant.create', {
      to: 'friend',
      ecosystem: 'home',
      level: 1,
    })
    await house.manage('grant.revoke', { id })
    await house.restart()
    const friend = await house.app('friend')
    const guest = await house.app('guest')
    await eventually(async () => {
      assert.deepEqual((await friend.call('safe.open')).args, [{ done: true }])
    })
    await assert.rejects(guest.call('safe.open'), denied)
    await eventually(() => house.manage('grant.revoke', { id: kept }))
  })
})

describe('a session whose ID token ends', () => {
  let house: House
  before(async () => (house = await startHouse()))
  after(() => house.stop())

  async function joinFor(seconds: number): Promise<WampClient> {
    const client = await WampClient.webSocket(house.url)
    await client.ask([1, 'home', { roles: { caller: {} }, authmethods: ['ticket'] }])
    const welcome = await client.ask([5, await house.token('guest', seconds), {}])
    assert.equal(welcome[0], 2, JSON.stringify(welcome))
    return client
  }

  it('is closed without a word, so that its client signs in again', async () => {
    const guest = await joinFor(2)
    await guest.closed
    assert.deepEqual(guest.pending, [])
  })

  it('goes on when a newer token of the same person was brought', async () => {
    const guest = await joinFor(2)
    const token = await house.token('guest', 600)
    const refreshed = await guest.ask([48, 1, {}, 'latchkey.session.refresh', [], { token }])
    assert.equal(refreshed[0], 50, JSON.stringify(refreshed))
    const first = await Promise.race([
      guest.closed.then(() => 'closed'),
      new Promise((resolve) => setTimeout(resolve, 2_500, 'open')),
    ])
    assert.equal(first, 'open')
    guest.close()
  })

  it('is not renewed by the token of another', async () => {
    const guest = await joinFor(600)
    const token = await house.token('owner', 600)
    const refused = await guest.ask([48, 1, {}, 'latchkey.session.refresh', [], { token }])
    assert.equal(refused[4], 'wamp.error.authentication_denied')
    guest.close()
  })
})

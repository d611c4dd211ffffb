import assert from 'node:assert/strict'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'

describe('R06 a life that spans house and car', () => {
  let house: Outside
  let friend: WampClient

  before(async () => {
    house = await startOutside({
      realms: ['home', 'road'],
      ecosystems: [{ id: 'life' }, { id: 'home' }, { id: 'car', realm: 'road' }],
    })
    await house.person('friend')
    await house.person('owner')
    const done = { done: true }
    const handlers = { unlock: () => done, start: () => done, open: () => done, switch: () => done }
    await house.device('vehicle', { prefix: 'car', ecosystem: 'car', handlers })
    await house.device('safe', { prefix: 'safe', ecosystem: 'home', handlers })
    await house.manage('ecosystem.span', {
      parent: 'life',
      child: 'car',
      levels: { '1': 2, '2': 3 },
    })
    await house.manage('ecosystem.span', { parent: 'life', child: 'home', levels: { '1': 1 } })
  })

  after(() => house.stop())

  it('R06: a friend is granted $LIFE level 1 with map car:1→2: car level-2 verbs OK, car level-1 NA', async () => {
    const token = await house.token(0, 'friend')
    friend = await house.join(token, { realm: 'road' })
    assert.equal(await house.outcome(friend, 'car.unlock'), denied)
    await house.grant('friend', 1, { ecosystem: 'life' })
    // On the live session, in another realm than the one that the life is in.
    assert.equal(await house.outcome(friend, 'car.unlock'), 'RESULT')
    assert.equal(await house.outcome(friend, 'car.start'), denied)
    const wampy = await house.wampy(token, { realm: 'road' })
    assert.deepEqual((await wampy.call('car.unlock')).argsList, [{ done: true }])
    await assert.rejects(wampy.call('car.start'))
    const atHome = await house.join(token, { realm: 'home' })
    assert.equal(await house.outcome(atHome, 'safe.open'), 'RESULT')
  })

  it('R06: remove the edge: the next call NA', async () => {
    assert.equal(await house.outcome(friend, 'car.unlock'), 'RESULT')
    await house.manage('ecosystem.unspan', { parent: 'life', child: 'car' })
    assert.equal(await house.outcome(friend, 'car.unlock'), denied)
    const atHome = await house.join(await house.token(0, 'friend'), { realm: 'home' })
    assert.equal(await house.outcome(atHome, 'safe.open'), 'RESULT')
  })

  it('R06: a cycle is a conflict', async () => {
    const span = (parent: string, child: string, realm: string): Promise<unknown> =>
      house.manage('ecosystem.span', { parent, child, levels: { '1': 1 } }, realm)
    await assert.rejects(span('home', 'life', 'home'), { uri: 'latchkey.error.conflict' })
    await assert.rejects(span('life', 'life', 'home'), { uri: 'latchkey.error.conflict' })
    await span('home', 'car', 'home')
    await assert.rejects(span('car', 'life', 'road'), { uri: 'latchkey.error.conflict' })
    await house.manage('ecosystem.unspan', { parent: 'home', child: 'car' })
  })

  it('R06: only who has level 1 in both can have one span the other; each side can end it', async () => {
    const owner = await house.join(await house.token(0, 'owner'))
    const edge = { parent: 'life', child: 'car' }
    const span = (): Promise<string> =>
      house.outcome(owner, 'latchkey.ecosystem.span', [], { ...edge, levels: { '1': 1 } })
    assert.equal(await span(), denied)
    const life = await house.grant('owner', 1, { ecosystem: 'life' })
    assert.equal(await span(), denied)
    await house.manage('grant.create', { to: 'owner', ecosystem: 'car', level: 1 }, 'road')
    assert.equal(await span(), 'RESULT')
    await house.manage('grant.revoke', { id: life })
    assert.equal(await span(), denied)
    assert.equal(await house.outcome(owner, 'latchkey.ecosystem.unspan', [], edge), 'RESULT')
  })
})

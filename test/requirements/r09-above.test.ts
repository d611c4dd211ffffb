import assert from 'node:assert/strict'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'
const create = 'latchkey.grant.create'
const done = (): object => ({ done: true })

describe('R09 nobody grants above the own level', function () {
  this.timeout(30_000)
  let house: Outside
  let guest: WampClient
  let friend: WampClient
  let owner: WampClient

  before(async () => {
    house = await startOutside()
    await house.device('light', { prefix: 'lamp', handlers: { switch: done } })
    await house.device('lock', { prefix: 'door', handlers: { unlock: done } })
    for (const id of ['owner', 'guest', 'friend', 'third']) await house.person(id)
    await house.grant('owner', 1)
    guest = await house.join(await house.token(0, 'guest'))
    friend = await house.join(await house.token(0, 'friend'))
    owner = await house.join(await house.token(0, 'owner'))
  })

  after(() => house.stop())

  const given = async (
    giver: WampClient,
    to: string,
    level: number,
    more: object = {},
  ): Promise<string> => {
    const gift = { to, ecosystem: 'home', level, ...more }
    const answer = await house.call(giver, create, [], gift)
    if (answer[0] === 8) return String(answer[4])
    return (answer[3] as [{ id: string }])[0].id
  }

  it('R09: a guest (3) creates a grant at 1: NA', async () => {
    const id = await house.grant('guest', 3, { delegable: 1 })
    assert.equal(await given(guest, 'guest', 1), denied)
    assert.equal(await given(guest, 'friend', 1), denied)
    assert.equal(await given(guest, 'friend', 2), denied)
    await house.manage('grant.revoke', { id })
  })

  it('R09: a guest (3) creates one at 3 without `delegable`: NA', async () => {
    const id = await house.grant('guest', 3)
    assert.equal(await given(guest, 'friend', 3), denied)
    assert.equal(await given(guest, 'friend', 9), denied)
    assert.equal(await house.outcome(friend, 'lamp.switch'), denied)
    await house.manage('grant.revoke', { id })
  })

  it('R09: with it he does, through as many hands, and all of it falls with his own', async () => {
    const root = await given(owner, 'guest', 3, { delegable: 1 })
    const id = await given(guest, 'friend', 3)
    assert.match(id, /^g_/)
    assert.equal(await house.outcome(friend, 'lamp.switch'), 'RESULT')
    assert.equal(await given(friend, 'third', 3), denied)
    assert.equal(await house.outcome(owner, 'latchkey.grant.revoke', [], { id: root }), 'RESULT')
    assert.equal(await house.outcome(friend, 'lamp.switch'), denied)
    assert.equal(await given(guest, 'third', 3), denied)
  })

  it('R09: nobody gives for longer, for more, or more often than he may himself', async () => {
    const terms = { delegable: 2, uri: 'door.unlock', uses: { 'door.unlock': 2 }, expires: '2d' }
    const root = await given(owner, 'guest', 3, terms)
    const within = { uri: 'door.unlock', uses: { 'door.unlock': 1 }, expires: '1d' }
    const refused = 'wamp.error.invalid_argument'
    assert.equal(await given(guest, 'friend', 3, { ...within, uri: 'lamp.switch' }), denied)
    assert.equal(await given(guest, 'friend', 3, { ...within, expires: '3d' }), refused)
    assert.equal(
      await given(guest, 'friend', 3, { ...within, uses: { 'door.unlock': 3 } }),
      refused,
    )
    assert.equal(await given(guest, 'friend', 3, { ...within, delegable: 2 }), refused)
    assert.match(await given(guest, 'friend', 3, within), /^g_/)
    // Two uses are two, whoever of them has them.
    assert.equal(await house.outcome(friend, 'door.unlock'), 'RESULT')
    assert.equal(await house.outcome(guest, 'door.unlock'), 'RESULT')
    assert.equal(await house.outcome(guest, 'door.unlock'), denied)
    assert.equal(await house.outcome(friend, 'door.unlock'), denied)
    await house.manage('grant.revoke', { id: root })
  })

  it('R09: what he gave himself he takes back himself', async () => {
    const root = await given(owner, 'guest', 3, { delegable: 1 })
    const id = await given(guest, 'friend', 3)
    assert.equal(await house.outcome(friend, 'latchkey.grant.revoke', [], { id: root }), denied)
    assert.equal(await house.outcome(guest, 'latchkey.grant.revoke', [], { id }), 'RESULT')
    assert.equal(await house.outcome(friend, 'lamp.switch'), denied)
    assert.equal(await house.outcome(guest, 'lamp.switch'), 'RESULT')
    await house.manage('grant.revoke', { id: root })
  })

  it('R09: grants go to persons, groups and identities, and to nobody else', async () => {
    await house.manage('group.create', { id: 'cleaners', ecosystem: 'home' })
    await house.manage('group.add', { id: 'cleaners', member: 'third' })
    const third = await house.join(await house.token(0, 'third'))
    assert.match(await given(owner, 'group:cleaners', 3), /^g_/)
    assert.equal(await house.outcome(third, 'lamp.switch'), 'RESULT')
    await house.manage('group.remove', { id: 'cleaners', member: 'third' })
    assert.equal(await house.outcome(third, 'lamp.switch'), denied)
    for (const to of ['nobody', 'group:nobody', 'device:nobody', 'identity:https://no.test#x'])
      assert.equal(await given(owner, to, 3), 'latchkey.error.not_found', to)
    assert.equal(await given(owner, '*', 3), 'wamp.error.invalid_argument')
  })

  it('R09: a grant to an identity waits for its first sign-in', async () => {
    const { issuer } = house.provider
    assert.match(await given(owner, `identity:${issuer}#newcomer`, 3), /^g_/)
    const newcomer = await house.join(await house.token(0, 'newcomer'))
    assert.equal(await house.outcome(newcomer, 'lamp.switch'), 'RESULT')
    const other = await house.join(await house.token(0, 'othercomer'))
    assert.equal(await house.outcome(other, 'lamp.switch'), denied)
  })

  it('R09: what an owner gave stands when his account is disabled, and falls with his grant; what is delegated stands and falls with who delegated it', async () => {
    await house.person('parent')
    const root = await house.grant('parent', 1)
    const parent = await house.join(await house.token(0, 'parent'))
    await given(parent, 'friend', 3)
    const delegated = await given(parent, 'guest', 3, { delegable: 1 })
    await given(guest, 'third', 3)
    const third = await house.join(await house.token(0, 'third'))
    await house.manage('person.disable', { person: 'parent' })
    assert.equal(await house.outcome(friend, 'lamp.switch'), 'RESULT')
    assert.equal(await house.outcome(third, 'lamp.switch'), 'RESULT')
    await house.manage('person.disable', { person: 'guest' })
    assert.equal(await house.outcome(third, 'lamp.switch'), denied)
    assert.equal(await house.outcome(friend, 'lamp.switch'), 'RESULT')
    await house.manage('person.enable', { person: 'guest' })
    assert.equal(await house.outcome(third, 'lamp.switch'), 'RESULT')
    await house.manage('grant.revoke', { id: root })
    assert.equal(await house.outcome(friend, 'lamp.switch'), denied)
    assert.equal(await house.outcome(third, 'lamp.switch'), denied)
    assert.ok(delegated !== denied)
  })
})

import assert from 'node:assert/strict'
import { freePort } from '../../demo/port.ts'
import { openTestHouse } from '../support/demo-house.ts'
import type { TestHouse } from '../support/demo-house.ts'
import { joinWithPython } from '../support/python.ts'
import type { PythonPlace, PythonSession } from '../support/python.ts'

describe('autobahn for Python in the demo house', function () {
  this.timeout(30_000)
  let house: TestHouse
  let rawSocket: string
  const sessions: PythonSession[] = []

  before(async () => {
    const rawSocketPort = await freePort(0)
    house = await openTestHouse({ rawSocketPort })
    rawSocket = `rs://127.0.0.1:${rawSocketPort}`
  })

  after(async () => {
    for (const session of sessions) await session.leave()
    await house.remove()
  })

  async function joinHome(
    person: string,
    place: Partial<PythonPlace> = {},
  ): Promise<PythonSession> {
    const session = await joinWithPython({
      url: house.webSocket,
      serializer: 'json',
      realm: 'home',
      ticket: await house.token(person),
      ...place,
    })
    sessions.push(session)
    return session
  }

  const places = [
    ['WebSocket and json', () => house.webSocket, 'json'],
    ['WebSocket and msgpack', () => house.webSocket, 'msgpack'],
    ['RawSocket and json', () => rawSocket, 'json'],
    ['RawSocket and msgpack', () => rawSocket, 'msgpack'],
  ] as const
  for (const [name, url, serializer] of places)
    it(`joins by ticket as the guest, switches the lamp and cannot open the safe, over ${name}`, async () => {
      const guest = await joinHome('guest', { url: url(), serializer })
      assert.equal(guest.joined.authid, 'guest')
      assert.equal(guest.joined.authmethod, 'ticket')
      assert.equal(guest.joined.serializer, serializer)
      assert.deepEqual(await guest.call('lamp.switch', true), { on: true })
      assert.deepEqual(await guest.call('lamp.switch', false), { on: false })
      await assert.rejects(guest.call('safe.open'), /^Error: wamp\.error\.not_authorized$/)
      await assert.rejects(guest.call('safe.not_there'), /^Error: wamp\.error\.not_authorized$/)
    })

  it('is who the token says, whatever authid it names', async () => {
    for (const authid of ['owner', 'somebody', 'guest']) {
      const { joined } = await joinHome('guest', { authid })
      assert.equal(joined.authid, 'guest')
    }
  })

  it('opens the safe as the owner', async () => {
    const owner = await joinHome('owner', { serializer: 'msgpack' })
    assert.deepEqual(await owner.call('safe.open'), { open: true })
    assert.deepEqual(await owner.call('safe.close'), { open: false })
  })

  it('hears of the lamp what a guest may hear, and of the safe nothing', async () => {
    const guest = await joinHome('guest')
    await guest.subscribe('lamp.on_change')
    await assert.rejects(guest.subscribe('safe.on_change'), /not_authorized/)
    const friend = await joinHome('friend', { url: rawSocket, serializer: 'msgpack' })
    await friend.call('lamp.switch', true)
    assert.deepEqual(await guest.event(), [{ on: true }])
    await friend.call('lamp.switch', false)
    assert.deepEqual(await guest.event(), [{ on: false }])
  })

  it('has its answer changed on a live session by the very next call after a revocation', async () => {
    const operator = await house.manage()
    const guest = await joinHome('guest')
    assert.deepEqual(await guest.call('lamp.switch', false), { on: false })
    const query = { ecosystem: 'home', to: 'guest' }
    const { args } = await operator.call('latchkey.grant.list', [], query)
    const [grant] = (args[0] as { grants: { id: string }[] }).grants
    await operator.call('latchkey.grant.revoke', [], { id: grant?.id })
    await assert.rejects(guest.call('lamp.switch', true), /not_authorized/)
    await operator.call('latchkey.grant.create', [], { ...query, level: 3 })
    assert.deepEqual(await guest.call('lamp.switch', false), { on: false })
  })

  it('is put out when the person is disabled, and not let in again', async () => {
    const operator = await house.manage()
    const friend = await joinHome('friend')
    await operator.call('latchkey.person.disable', [], { person: 'friend' })
    try {
      assert.equal(await friend.left(), 'wamp.close.killed')
      await assert.rejects(joinHome('friend'), /^Error: wamp\.error\.authentication_denied/)
    } finally {
      await operator.call('latchkey.person.enable', [], { person: 'friend' })
    }
  })

  it('is not let in with a token that was tampered with, nor without one', async () => {
    const [head, body, signature] = (await house.token('guest')).split('.')
    const claims = JSON.parse(Buffer.from(body ?? '', 'base64url').toString()) as object
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'owner' })).toString('base64url')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    for (const ticket of [`${head}.${forged}.${signature}`, `${none}.${forged}.`, 'guest'])
      await assert.rejects(joinHome('owner', { ticket }), /wamp\.error\.authentication_denied/)
    await assert.rejects(
      joinWithPython({ url: house.webSocket, serializer: 'json', realm: 'home' }),
      /wamp\.error\./,
    )
  })
})

import assert from 'node:assert/strict'
import { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

const hello: Wire = [1, 'realm1', { roles: allRoles }]
const goodbye: Wire = [6, {}, 'wamp.close.close_realm']

describe('A connection whose session has ended by GOODBYE', () => {
  let house: MemoryRouter
  let client: MemoryClient

  const begin = (limits: Parameters<typeof memoryRouter>[1] = {}): void => {
    house = memoryRouter(undefined, limits)
    client = house.join()
    assert.deepEqual(client.ask(goodbye), [[6, {}, 'wamp.close.goodbye_and_out']])
  }

  it('is closed where no HELLO comes within goodbyeMs', () => {
    begin()
    house.clock.advance(999)
    assert.equal(client.closedFor, undefined)
    house.clock.advance(1)
    assert.equal(client.closedFor, 'goodbye')
    assert.deepEqual(client.take(), [])
  })

  it('ignores what is no HELLO: the client sent it before it knew', () => {
    begin()
    const late: Wire[] = [[70, 1, {}], [16, 9, {}, 'house.door'], goodbye, [48, 10, {}, 'a.b']]
    for (const message of late) assert.deepEqual(client.ask(message), [])
    assert.equal(client.closedFor, undefined)
    assert.equal(client.ask(hello)[0]?.[0], 2)
  })

  it('is closed without an answer where its client aborts', () => {
    begin()
    assert.deepEqual(client.ask([3, {}, 'wamp.close.normal']), [])
    assert.equal(client.closedFor, 'aborted')
  })

  it('has joinMs for the next join, and as many messages as for the first', () => {
    begin({ limits: { joinMs: 5_000, joinMessages: 2 } })
    house.clock.advance(900)
    assert.equal(client.ask(hello)[0]?.[0], 2)
    house.clock.advance(60_000)
    assert.equal(house.realm.sessions.size, 1)
    client.ask(goodbye)
    const [abort] = client.ask([1, 'nowhere', { roles: allRoles }])
    assert.deepEqual([abort?.[0], abort?.[2]], [3, 'wamp.error.no_such_realm'])
    assert.equal(client.closedFor, 'aborted')
  })

  it('that does not finish the next join within joinMs is closed', () => {
    const challenge = { method: 'ticket', begin: () => ({ challenge: true, extra: {} }) as const }
    house = memoryRouter()
    house.router.addRealm({
      uri: 'guarded',
      authenticators: [challenge],
      authorizer: () => ({ allow: true }),
    })
    client = house.join()
    client.ask(goodbye)
    const answer = client.ask([1, 'guarded', { roles: allRoles, authmethods: ['ticket'] }])
    assert.equal(answer[0]?.[0], 4)
    house.clock.advance(4_999)
    assert.equal(client.closedFor, undefined)
    house.clock.advance(1)
    assert.equal(client.closedFor, 'timeout')
  })

  it('counts among those of its address that have not joined when it joins again', () => {
    begin({ limits: { joiningPerAddress: 2 } })
    const waiting = [new MemoryClient(house.router), new MemoryClient(house.router)]
    assert.deepEqual(client.ask(hello), [])
    assert.equal(client.closedFor, 'overload')
    assert.deepEqual(
      waiting.map(({ closedFor }) => closedFor),
      [undefined, undefined],
    )
  })

  it('takes no place of those that may join while it does not', () => {
    begin({ limits: { joiningPerAddress: 1 } })
    const other = new MemoryClient(house.router)
    assert.equal(other.ask(hello)[0]?.[0], 2)
    assert.equal(client.ask(hello)[0]?.[0], 2)
  })

  it('takes but short messages until it has joined again', () => {
    begin({ limits: { joinMessageBytes: 1_000 } })
    client.send([1, 'realm1', { roles: allRoles, x: 'x'.repeat(1_000) }])
    assert.equal(client.take()[0]?.[2], 'wamp.error.protocol_violation')
    assert.equal(client.closedFor, 'aborted')
  })

  it('is closed at once when the router stops', async () => {
    begin()
    const closing = house.router.close()
    assert.deepEqual([client.take(), client.closedFor], [[], 'shutdown'])
    await closing
  })

  it('is not kept open for another session where it ended as the router stops', async () => {
    house = memoryRouter()
    client = house.join()
    const closing = house.router.close()
    assert.deepEqual(client.take(), [
      [6, { message: 'the router stops' }, 'wamp.close.system_shutdown'],
    ])
    client.send([6, {}, 'wamp.close.goodbye_and_out'])
    assert.equal(client.closedFor, 'goodbye')
    await closing
  })

  it('leaves no timer when it is lost', async () => {
    house = memoryRouter()
    const { waiting } = house.clock
    client = house.join()
    client.ask(goodbye)
    client.lose()
    await settled()
    assert.equal(house.clock.waiting, waiting)
    assert.equal(house.router.connections, 0)
  })

  it('ends the first session whole before the second begins', () => {
    house = memoryRouter()
    client = house.join()
    const other = house.join()
    client.ask([64, 1, {}, 'lamp.switch'])
    client.ask([32, 2, {}, 'house.door'])
    other.send([48, 1, {}, 'lamp.switch'])
    client.take()
    client.ask(goodbye)
    assert.equal(other.take()[0]?.[4], 'wamp.error.canceled')
    client.ask(hello)
    // An answer to what the first was asked is none that the second may give.
    const [abort] = client.ask([70, 1, {}])
    assert.equal(abort?.[2], 'wamp.error.protocol_violation')
    assert.equal(house.realm.broker.size, 0)
  })
})

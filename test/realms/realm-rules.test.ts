import assert from 'node:assert/strict'
import { eventually } from '../support/eventually.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import { rawDevice } from '../support/raw-device.ts'
import { until } from '../support/until.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const procedure = 'com.example.may'
const denied = 'wamp.error.not_authorized'

type Question = readonly [{ readonly authid: string }, string, string]

describe('A rule of an integrator, and what is under way', () => {
  let house: Outside
  let lamp: WampClient
  let guest: WampClient
  let judge: WampClient
  let says: (question: Question) => unknown
  let asked: Question[]
  let grant: string

  beforeEach(async () => {
    house = await startOutside({
      realm: {
        principals: [{ authid: 'judge', role: 'judge', ticket: 'ticket-of-the-judge' }],
        rules: [{ role: 'judge', uri: 'com.example.', match: 'prefix', allow: { register: true } }],
      },
    })
    await house.person('guest')
    grant = await house.grant('guest', 3)
    ;({ client: lamp } = await rawDevice(house, { class: 'light', prefix: 'lamp' }))
    await lamp.register('lamp.switch')
    guest = await house.join(await house.token(0, 'guest'))
    judge = await house.join('ticket-of-the-judge', { authid: 'judge' })
    await judge.register(procedure)
    says = () => true
    asked = []
    judge.intercept = ([type, invocation, , , args]) => {
      if (type !== 68) return false
      asked.push(args as Question)
      const answer = says(args as Question)
      if (answer !== undefined) judge.send([70, invocation, {}, [answer]])
      return true
    }
  })

  afterEach(() => house.stop())

  const add = (): Promise<unknown> => house.manage('authz.add', { procedure, scope: 'lamp.' })
  const remove = (): Promise<unknown> => house.manage('authz.remove', { procedure })
  const tell = async (value: unknown): Promise<Wire[]> => {
    await lamp.ask([16, 7, { acknowledge: true }, 'lamp.on_change', [value]])
    return guest.settle()
  }
  const values = (messages: Wire[]): unknown[] =>
    messages.filter(([type]) => type === 36).map((event) => (event[4] as unknown[])[0])

  it('reaches events of those who listen already, at once, and gives them back when it is gone', async () => {
    await guest.subscribe('lamp.on_change')
    assert.deepEqual(values(await tell(1)), [1])
    says = ([{ authid }]) => authid !== 'guest'
    await add()
    await tell(2)
    await until(() => asked.some(([{ authid }]) => authid === 'guest'))
    assert.deepEqual(values(await tell(3)), [])
    await remove()
    const heard = await eventually(async () => {
      const came = values(await tell(4))
      assert.ok(came.length > 0)
      return came
    })
    assert.deepEqual(heard, [4])
  })

  it('is asked once about what somebody listens to, until it says that rights have changed', async () => {
    await add()
    await guest.subscribe('lamp.on_change')
    for (const value of [1, 2, 3]) assert.deepEqual(values(await tell(value)), [value])
    const ofGuest = (): number => asked.filter(([{ authid }]) => authid === 'guest').length
    assert.equal(ofGuest(), 1)
    says = ([{ authid }]) => authid !== 'guest'
    assert.equal(await house.outcome(judge, `${procedure}.flush`, ['guest']), 'RESULT')
    await until(() => ofGuest() === 2)
    assert.deepEqual(values(await tell(4)), [])
  })

  it('ends no open call by itself, but one whose grant is taken back ends', async () => {
    await add()
    guest.send([48, 1, {}, 'lamp.switch'])
    assert.equal((await lamp.next())[0], 68)
    await house.manage('grant.revoke', { id: grant })
    const end = await guest.next()
    assert.deepEqual([end[0], end[2], end[4]], [8, 1, denied])
  })

  it('that is answered about a past state has not answered: it is decided anew', async () => {
    await add()
    let open: unknown
    judge.intercept = ([type, invocation]) => {
      if (type === 68) open = invocation
      return type === 68
    }
    guest.send([48, 1, {}, 'lamp.switch'])
    await until(() => open !== undefined)
    await house.manage('grant.revoke', { id: grant })
    judge.send([70, open, {}, [true]])
    const answer = await guest.next()
    assert.deepEqual([answer[0], answer[2], answer[4]], [8, 1, denied])
    assert.deepEqual(await lamp.settle(), [])
  })
})

import assert from 'node:assert/strict'
import { eventually } from '../support/eventually.ts'
import type { LatchkeyProcess } from '../support/latchkey-process.ts'
import { allRoles, WampClient } from '../support/wamp-client.ts'
import type { InteropClient } from './client.ts'
import { startOpenLatchkey } from './open-latchkey.ts'
import { pythonWays } from './python-client.ts'
import { ways } from './ways.ts'

const values = [1, -2.5, 'ä€😀', true, null, { list: [2 ** 30, []], empty: {} }]

describe('Clients in wide use', function () {
  this.timeout(30_000)
  let latchkey: LatchkeyProcess

  before(async () => {
    latchkey = await startOpenLatchkey()
  })

  after(async () => {
    await latchkey.stop()
  })

  for (const [i, way] of ways.entries()) {
    describe(way.name, () => {
      let one: InteropClient
      let two: InteropClient
      // Each way has names of its own, as all share one realm.
      const ns = `way${i}`

      before(async () => {
        ;[one, two] = await Promise.all([way.join(latchkey), way.join(latchkey)])
      })

      after(async () => {
        await Promise.all([one.leave(), two.leave()])
      })

      it('calls what another session registered', async () => {
        await one.register(`${ns}.echo`, 'echo')
        assert.deepEqual(await two.call(`${ns}.echo`, ...values), [`${ns}.echo`, ...values])
        await assert.rejects(two.call(`${ns}.none`), { message: 'wamp.error.no_such_procedure' })
      })

      it('calls, and is called by, a client of another kind', async () => {
        const other = await (ways[(i + ways.length / 2) % ways.length] ?? way).join(latchkey)
        try {
          await one.register(`${ns}.here`, 'echo')
          await other.register(`${ns}.there`, 'echo')
          const uri = (name: string): string => `${ns}.${name}`
          assert.deepEqual(await other.call(uri('here'), ...values), [uri('here'), ...values])
          assert.deepEqual(await one.call(uri('there'), ...values), [uri('there'), ...values])
        } finally {
          await other.leave()
        }
      })

      it('cancels a call, and its session goes on', async () => {
        const callee = await WampClient.webSocket(latchkey.webSocket)
        const features = { call_canceling: true }
        await callee.join('realm1', { roles: { ...allRoles, callee: { features } } })
        await callee.register(`${ns}.endless`)
        const invoked = callee.next()
        const outcome = two.cancel(`${ns}.endless`, invoked)
        const [, invocation] = await invoked
        const interrupt = await callee.next()
        assert.deepEqual(interrupt.slice(0, 2), [69, invocation])
        callee.send([8, 68, invocation, {}, 'wamp.error.canceled'])
        assert.match(await outcome, /^(wamp\.error\.canceled|given up)$/)
        callee.close()
        await one.register(`${ns}.after`, 'echo')
        assert.deepEqual(await two.call(`${ns}.after`), [`${ns}.after`])
      })

      it('is interrupted where it announced that it can be, and else left in peace', async () => {
        const caller = await WampClient.webSocket(latchkey.webSocket)
        await caller.join('realm1')
        await one.register(`${ns}.wait`, 'wait')
        caller.send([48, 1, {}, `${ns}.wait`])
        await caller.settle()
        caller.send([49, 1, { mode: 'killnowait' }])
        const answer = await caller.next()
        assert.deepEqual([answer[0], answer[1], answer[4]], [8, 48, 'wamp.error.canceled'])
        if (one.interrupted !== undefined) await one.interrupted()
        caller.close()
        await one.register(`${ns}.on`, 'echo')
        assert.deepEqual(await two.call(`${ns}.on`), [`${ns}.on`])
      })

      it('publishes with acknowledge, to others and, with exclude_me false, to itself', async () => {
        await one.subscribe(`${ns}.news`)
        await two.subscribe(`${ns}.news`)
        await one.publish(`${ns}.news`, ['to others'])
        assert.deepEqual((await two.heard()).args, ['to others'])
        const toAll = way.asks.includes('exclude_me: false')
        await one.publish(`${ns}.news`, values, toAll ? { exclude_me: false } : {})
        assert.deepEqual((await two.heard()).args, values)
        if (toAll) assert.deepEqual((await one.heard()).args, values)
      })

      it('hears prefix and wildcard subscriptions, and of what topic', async () => {
        await one.subscribe(`${ns}.room`, 'prefix')
        await two.subscribe(`${ns}..lamp`, 'wildcard')
        await one.publish(`${ns}.hall.lamp`, ['on'])
        await two.publish(`${ns}.rooms.door`, ['shut'])
        const [inOne, inTwo] = [await one.heard(), await two.heard()]
        assert.deepEqual([inOne.args, inOne.details['topic']], [['shut'], `${ns}.rooms.door`])
        assert.deepEqual([inTwo.args, inTwo.details['topic']], [['on'], `${ns}.hall.lamp`])
      })

      it('hears who published, where that is told', async () => {
        await two.subscribe(`told.${ns}`)
        await one.publish(`told.${ns}`, [1])
        assert.equal(Number((await two.heard()).details['publisher']), one.session)
        if (!way.asks.includes('disclose_me')) return
        await two.subscribe(`${ns}.asked`)
        await one.publish(`${ns}.asked`, [2], { disclose_me: true })
        assert.equal(Number((await two.heard()).details['publisher']), one.session)
      })
    })
  }
})

describe('After a crash of the router', function () {
  this.timeout(60_000)

  it('clients in wide use come back by themselves, and their procedures and topics with them', async () => {
    const latchkey = await startOpenLatchkey()
    // Python does not ask again by itself for what it had, as its makers have it.
    const asksAgain = (i: number): boolean => pythonWays.every((way) => way !== ways[i])
    const clients = await Promise.all(ways.map((way) => way.join(latchkey)))
    try {
      for (const [i, client] of clients.entries()) {
        await client.register(`echo.${i}`, 'echo')
        await client.subscribe('news')
      }
      await latchkey.restart()
      await Promise.all(clients.map((client) => client.rejoined()))
      const caller = await WampClient.webSocket(latchkey.webSocket)
      await caller.join('realm1')
      for (const [i, client] of clients.entries()) {
        if (!asksAgain(i)) await client.register(`echo.${i}`, 'echo')
        const answer = await eventually(async () => {
          const result = await caller.ask([48, 1, {}, `echo.${i}`, ['again']])
          assert.equal(result[0], 50, JSON.stringify(result))
          return result
        })
        assert.deepEqual(answer[3], [[`echo.${i}`, 'again']])
        if (!asksAgain(i)) await client.subscribe('news')
        assert.deepEqual(await client.call(`echo.${i}`, i), [`echo.${i}`, i])
      }
      caller.send([16, 2, {}, 'news', ['up again']])
      for (const client of clients) assert.deepEqual((await client.heard()).args, ['up again'])
      caller.close()
    } finally {
      await Promise.allSettled(clients.map((client) => client.leave()))
      await latchkey.stop()
    }
  })
})

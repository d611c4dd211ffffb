import assert from 'node:assert/strict'
import { WampError } from '../../router/wire/errors.ts'
import { deferred, memoryRouter, settled } from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'

describe('A procedure of the router itself', () => {
  it('is answered with what it returns, at once or later, and is told who calls', async () => {
    const { realm, join } = memoryRouter()
    realm.dealer.serve('wamp.test.now', (caller, { args, kwargs }) => ({
      args: [caller.principal.authid, args, kwargs],
    }))
    realm.dealer.serve('wamp.test.later', () => Promise.resolve({ kwargs: { late: true } }))
    realm.dealer.serve('wamp.test.nothing', () => undefined)
    const caller = join({ authid: 'owner' })
    assert.deepEqual(caller.ask([48, 1, {}, 'wamp.test.now', [1], { k: 2 }]), [
      [50, 1, {}, ['owner', [1], { k: 2 }]],
    ])
    caller.send([48, 2, {}, 'wamp.test.later'])
    caller.send([48, 3, {}, 'wamp.test.nothing'])
    await settled()
    assert.deepEqual(caller.take(), [
      [50, 2, {}, [], { late: true }],
      [50, 3, {}],
    ])
  })

  it('is called only by those who may, as any other', () => {
    const { realm, join } = memoryRouter(({ uri }) => ({ allow: uri !== 'wamp.test.secret' }))
    realm.dealer.serve('wamp.test.secret', () => assert.fail('it was called'))
    assert.equal(join().ask([48, 1, {}, 'wamp.test.secret'])[0]?.[4], 'wamp.error.not_authorized')
  })

  it('answers with the error that it throws; anything else tells nothing, and is logged', async () => {
    const { realm, join, logged } = memoryRouter()
    const kwargs = { key: 'session' }
    const known = new WampError('wamp.error.no_such_session', 'there is none', { kwargs })
    realm.dealer.serve('wamp.test.known', () => Promise.reject(known))
    realm.dealer.serve('wamp.test.broken', () => {
      throw new Error('the secret is 1234')
    })
    const caller = join()
    caller.send([48, 1, {}, 'wamp.test.known'])
    caller.send([48, 2, {}, 'wamp.test.broken'])
    await settled()
    assert.deepEqual(caller.take(), [
      [8, 48, 1, {}, 'wamp.error.no_such_session', ['there is none'], kwargs],
      [8, 48, 2, {}, 'wamp.error.runtime_error'],
    ])
    assert.deepEqual(
      logged.map(({ message }) => message),
      ['a procedure of the router failed'],
    )
  })

  it('that takes longer than procedureMs is answered for, and the caller’s next messages go on', async () => {
    const { realm, clock, join } = memoryRouter(undefined, { limits: { procedureMs: 1_000 } })
    realm.dealer.serve('wamp.test.stuck', () => new Promise(() => undefined))
    const caller = join()
    caller.send([48, 1, {}, 'wamp.test.stuck'])
    caller.send([48, 2, {}, 'nobody.here'])
    assert.deepEqual(caller.take(), [])
    clock.advance(1_000)
    await settled()
    assert.deepEqual(
      caller.take().map((message) => message[4]),
      ['wamp.error.runtime_error', 'wamp.error.no_such_procedure'],
    )
  })

  it('that took a while has the caller’s next messages wait until others were heard', async () => {
    const { realm, clock, join } = memoryRouter()
    realm.dealer.serve('wamp.test.everything', () => clock.advance(1))
    const [greedy, greedier] = [join(), join()]
    for (const caller of [greedy, greedier])
      for (let id = 1; id <= 3; id++) caller.send([48, id, {}, 'wamp.test.everything'])
    const answered = (): number => greedy.received.length + greedier.received.length
    const steps = [answered()]
    for (let i = 0; i < 20 && answered() < 6; i++) {
      await new Promise(setImmediate)
      steps.push(answered())
    }
    assert.equal(answered(), 6)
    // One to each at first, and then one in each turn at most.
    assert.equal(steps[0], 2)
    for (const [i, step] of steps.entries()) assert(step <= 2 + i, steps.join(' '))
  })

  it('that answers when its caller is gone disturbs nobody', async () => {
    const { realm, join, logged } = memoryRouter()
    const answer = deferred<{ args: unknown[] }>()
    realm.dealer.serve('wamp.test.later', () => answer.promise)
    const caller = join()
    caller.send([48, 1, {}, 'wamp.test.later'])
    caller.lose()
    answer.resolve({ args: [1] })
    await settled()
    assert.deepEqual([caller.take(), logged], [[], []])
  })

  it('takes neither calls in parts nor payload passthru mode', () => {
    const { realm, join } = memoryRouter()
    realm.dealer.serve('wamp.test.now', () => undefined)
    const caller = join(announcing({ caller: ['payload_passthru_mode'] }))
    for (const [i, options] of [{ progress: true }, { ppt_scheme: 'mqtt' }].entries()) {
      const [answer] = caller.ask([48, i + 1, options, 'wamp.test.now'])
      assert.equal(answer?.[4], 'wamp.error.feature_not_supported')
    }
  })

  it('is served once, under wamp alone, and is no registration', () => {
    const { realm } = memoryRouter()
    realm.dealer.serve('wamp.test.now', () => undefined)
    assert.throws(() => realm.dealer.serve('wamp.test.now', () => undefined), /served already/)
    assert.throws(() => realm.dealer.serve('lamp.switch', () => undefined), /not under wamp/)
    assert.equal(realm.dealer.registrations.size, 0)
  })
})

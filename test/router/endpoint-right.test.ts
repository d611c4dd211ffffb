import assert from 'node:assert/strict'
import type { AccessRequest, Authorizer, Decision, Epochs } from '../../router/access.ts'
import { deferred, forever, memoryRouter, settled } from '../support/memory-router.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { allRoles } from '../support/wamp-client.ts'

const announcing = {
  roles: {
    ...allRoles,
    callee: { features: { registration_revocation: true } },
    subscriber: { features: { subscription_revocation: true } },
  },
}

/** Rights of `device` that can be withdrawn; all else is allowed. */
class Lent {
  allowed = true
  /** How often somebody was asked about. */
  asked = 0
  readonly #root = { value: 0 }
  readonly #rights = { value: 0 }

  readonly authorizer: Authorizer = (request) => this.decide(request)

  decide({ action, principal }: AccessRequest, reason?: string): Decision {
    const isLent =
      principal.authid === 'device' && (action === 'register' || action === 'subscribe')
    if (!isLent) return { allow: true, until: Infinity }
    this.asked++
    const epochs = {
      root: this.#root,
      parts: [{ counter: this.#rights, seen: this.#rights.value }],
    }
    return { allow: this.allowed, until: forever, epochs, ...(reason !== undefined && { reason }) }
  }

  set(allowed: boolean): void {
    this.allowed = allowed
    this.#rights.value++
    this.#root.value++
  }
}

describe('A right to offer a procedure', () => {
  const call = (caller: MemoryClient, device: MemoryClient, request: number): unknown => {
    caller.send([48, request, {}, 'lamp.switch'])
    for (const [type, invocation] of device.take()) {
      if (type === 68) device.send([70, invocation, {}])
    }
    const [answer] = caller.take()
    return answer?.[0] === 50 ? 'answered' : answer?.[4]
  }

  it('that is withdrawn ends what was registered: no call comes through, and an announcing callee is told why', async () => {
    const lent = new Lent()
    const { realm, join } = memoryRouter(lent.authorizer)
    const device = join({ authid: 'device', ...announcing })
    const [[, , registration] = []] = device.ask([64, 1, {}, 'lamp.switch'])
    const caller = join()
    assert.equal(call(caller, device, 1), 'answered')
    lent.set(false)
    assert.equal(call(caller, device, 2), 'wamp.error.no_such_procedure')
    await settled()
    assert.deepEqual(device.take(), [[67, 0, { registration, reason: 'no longer authorized' }]])
    assert.equal(realm.dealer.registrations.size, 0)
    lent.set(true)
    assert.equal(call(caller, device, 3), 'wamp.error.no_such_procedure')
  })

  it('that is withdrawn is not told to a callee that would not understand it: calls come again when the right does', async () => {
    const lent = new Lent()
    const { realm, join } = memoryRouter(lent.authorizer)
    const device = join({ authid: 'device' })
    device.ask([64, 1, {}, 'lamp.switch'])
    const caller = join()
    lent.set(false)
    assert.equal(call(caller, device, 1), 'wamp.error.no_such_procedure')
    await settled()
    assert.deepEqual(device.take(), [])
    assert.equal(realm.dealer.registrations.size, 1)
    lent.set(true)
    assert.equal(call(caller, device, 2), 'answered')
  })

  it('is asked for once as long as nothing changes, and answers no call under way when it has fallen', async () => {
    const lent = new Lent()
    const { join } = memoryRouter(lent.authorizer)
    const device = join({ authid: 'device' })
    device.ask([64, 1, {}, 'lamp.switch'])
    const caller = join()
    for (let i = 1; i <= 10; i++) assert.equal(call(caller, device, i), 'answered')
    assert.equal(lent.asked, 1)
    caller.send([48, 11, {}, 'lamp.switch'])
    lent.set(false)
    const [[, invocation] = []] = device.take()
    device.send([70, invocation, {}, ['late']])
    await settled()
    assert.deepEqual(caller.take(), [
      [8, 48, 11, {}, 'wamp.error.canceled', ['the callee is gone']],
    ])
  })

  it('that one of several callees has lost leaves the others their calls', () => {
    const lent = new Lent()
    const { join } = memoryRouter(lent.authorizer)
    const [device, other] = [join({ authid: 'device' }), join({ authid: 'other' })]
    for (const callee of [device, other])
      callee.ask([64, 1, { invoke: 'roundrobin' }, 'lamp.switch'])
    const caller = join()
    lent.set(false)
    for (let i = 1; i <= 4; i++) assert.equal(call(caller, other, i), 'answered')
    assert.deepEqual(device.take(), [])
  })

  it('that was lost keeps nobody else from offering the procedure', () => {
    const lent = new Lent()
    const { join } = memoryRouter(lent.authorizer)
    const [device, other] = [join({ authid: 'device' }), join({ authid: 'other' })]
    device.ask([64, 1, {}, 'lamp.switch'])
    assert.equal(
      other.ask([64, 1, {}, 'lamp.switch'])[0]?.[4],
      'wamp.error.procedure_already_exists',
    )
    lent.set(false)
    assert.equal(other.ask([64, 2, {}, 'lamp.switch'])[0]?.[0], 65)
    assert.equal(call(join(), other, 1), 'answered')
  })

  it('that cannot be decided is not withdrawn: the callee is kept, and told nothing', async () => {
    const lent = new Lent()
    const { realm, join } = memoryRouter((request) =>
      lent.decide(request, lent.allowed ? undefined : 'wamp.error.authorization_failed'),
    )
    const device = join({ authid: 'device', ...announcing })
    device.ask([64, 1, {}, 'lamp.switch'])
    device.ask([32, 2, {}, 'lamp.state'])
    const caller = join()
    lent.set(false)
    assert.equal(call(caller, device, 1), 'wamp.error.no_such_procedure')
    caller.ask([16, 2, {}, 'lamp.state'])
    await settled()
    assert.deepEqual(device.take(), [])
    assert.deepEqual([realm.dealer.registrations.size, realm.broker.size], [1, 1])
    // Nor may another have it meanwhile.
    const [refusal] = caller.ask([64, 3, {}, 'lamp.switch'])
    assert.equal(refusal?.[4], 'wamp.error.procedure_already_exists')
    lent.set(true)
    assert.equal(call(caller, device, 3), 'answered')
  })

  it('that is asked for elsewhere lets calls wait for the answer, in their order', async () => {
    let answer = deferred<Decision>()
    const root = { value: 0 }
    let first = true
    const epochs = (): Epochs => ({
      root,
      parts: [{ counter: root, seen: root.value }],
    })
    const { join } = memoryRouter(({ action }) => {
      if (action !== 'register') return { allow: true, until: Infinity }
      if (!first) return answer.promise
      first = false
      return { allow: true, until: forever, epochs: epochs() }
    })
    const [device, caller] = [join({ authid: 'device' }), join()]
    device.ask([64, 1, {}, 'lamp.switch'])
    root.value++
    for (let i = 1; i <= 3; i++) caller.send([48, i, {}, 'lamp.switch', [i]])
    assert.deepEqual(device.take(), [])
    answer.resolve({ allow: true })
    await settled()
    assert.deepEqual(
      device.take().map((invocation) => invocation[4]),
      [[1], [2], [3]],
    )
    answer = deferred()
    caller.send([48, 4, {}, 'lamp.switch'])
    answer.resolve({ allow: false })
    await settled()
    assert.equal(caller.take()[0]?.[4], 'wamp.error.no_such_procedure')
    assert.deepEqual(device.take(), [])
  })

  it('and to listen are looked at at once where a realm is told that they may have changed', async () => {
    const lent = new Lent()
    const { realm, join } = memoryRouter(lent.authorizer)
    const device = join({ authid: 'device', ...announcing })
    const [[, , registration] = []] = device.ask([64, 1, {}, 'lamp.switch'])
    const [[, , subscription] = []] = device.ask([32, 2, {}, 'lamp.state'])
    lent.set(false)
    for (const session of realm.sessions.values()) realm.reassess(session)
    await settled()
    const reason = 'no longer authorized'
    assert.deepEqual(device.take(), [
      [35, 0, { subscription, reason }],
      [67, 0, { registration, reason }],
    ])
    assert.deepEqual([realm.dealer.registrations.size, realm.broker.size], [0, 0])
  })
})

describe('A revocation', () => {
  it('whose reason is longer than its receiver takes is told without it', () => {
    const { realm, join } = memoryRouter()
    const device = join(announcing, { maxFrameBytes: 2_000 })
    const [[, , registration] = []] = device.ask([64, 1, {}, 'lamp.switch'])
    const [[, , subscription] = []] = device.ask([32, 2, {}, 'lamp.state'])
    const admin = join()
    const [session] = realm.sessions.keys()
    const reason = 'x'.repeat(3_000)
    const removals = [
      ['wamp.registration.remove_callee', registration],
      ['wamp.subscription.remove_subscriber', subscription],
    ] as const
    for (const [procedure, id] of removals) {
      admin.send([48, 1, {}, procedure, [id, session], { reason }])
    }
    assert.deepEqual(device.take(), [
      [67, 0, { registration }],
      [35, 0, { subscription }],
    ])
  })
})

describe('A right to listen', () => {
  it('that is withdrawn ends the subscription of a subscriber that announced revocation, which is told why', () => {
    const lent = new Lent()
    const { realm, join } = memoryRouter(lent.authorizer)
    const device = join({ authid: 'device', ...announcing })
    const [[, , subscription] = []] = device.ask([32, 1, {}, 'lamp.state'])
    const publisher = join()
    publisher.ask([16, 1, {}, 'lamp.state', ['on']])
    assert.equal(device.take()[0]?.[0], 36)
    lent.set(false)
    publisher.ask([16, 2, {}, 'lamp.state', ['off']])
    const reason = 'no longer authorized'
    assert.deepEqual(device.take(), [[35, 0, { subscription, reason }]])
    assert.equal(realm.broker.size, 0)
    lent.set(true)
    publisher.ask([16, 3, {}, 'lamp.state', ['on']])
    assert.deepEqual(device.take(), [])
  })

  it('that is found withdrawn too late takes no newer subscription away', async () => {
    const answers: ((allow: boolean) => void)[] = []
    const { join } = memoryRouter(({ action, principal }) => {
      if (action !== 'subscribe' || principal.authid !== 'device') return { allow: true }
      const answer = deferred<Decision>()
      answers.push((allow) => answer.resolve({ allow }))
      return answer.promise
    })
    const device = join({ authid: 'device', ...announcing })
    const [other, publisher] = [join(), join()]
    other.ask([32, 1, {}, 'lamp.state'])
    device.send([32, 1, {}, 'lamp.state'])
    answers.shift()?.(true)
    await settled()
    const [[, , subscription] = []] = device.take()
    publisher.send([16, 1, {}, 'lamp.state'])
    device.send([34, 2, subscription])
    device.send([32, 3, {}, 'lamp.state'])
    // What was asked for the event is answered last.
    answers[1]?.(true)
    await settled()
    answers[0]?.(false)
    await settled()
    assert.deepEqual(
      device.take().map(([type]) => type),
      [35, 33],
    )
  })

  it('is asked about no more for who has left, however many events wait', async () => {
    const answers: ((decision: Decision) => void)[] = []
    const { join } = memoryRouter(({ action, principal }) => {
      if (action !== 'subscribe' || principal.authid !== 'device') return { allow: true }
      const answer = deferred<Decision>()
      answers.push(answer.resolve)
      return answer.promise
    })
    const device = join({ authid: 'device' })
    device.send([32, 1, {}, 'lamp.state'])
    answers[0]?.({ allow: true })
    await settled()
    const publisher = join()
    for (let i = 0; i < 5; i++) publisher.send([16, 1, {}, 'lamp.state'])
    device.lose()
    answers[1]?.({ allow: true })
    for (let i = 0; i < 5; i++) await settled()
    assert.equal(answers.length, 2)
  })
})

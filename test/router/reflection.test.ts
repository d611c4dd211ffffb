import assert from 'node:assert/strict'
import type { Decision, Epochs } from '../../router/access.ts'
import { deferred, forever, memoryRouter, settled } from '../support/memory-router.ts'
import type { MemoryClient } from '../support/memory-client.ts'

describe('Reflection', () => {
  let request = 0
  const ask = async (client: MemoryClient, uri: string, ...args: unknown[]): Promise<unknown> => {
    client.take()
    client.send([48, ++request, {}, uri, args])
    await settled()
    const answer = client.take().find(([type]) => type === 50 || type === 8) ?? []
    return answer[0] === 50 ? ((answer[3] ?? []) as unknown[])[0] : answer[4]
  }
  const define = (client: MemoryClient, uri: string): Promise<unknown> =>
    ask(client, 'wamp.reflect.define', uri, { type: 'procedure' })

  it('takes so many definitions of a session, and so many in a realm: then unavailable', async () => {
    const limits = { definitions: 3, realmDefinitions: 5 }
    const { join } = memoryRouter(undefined, { limits })
    const [one, other] = [join(), join()]
    for (let i = 1; i <= 3; i++) assert.equal(await define(one, `one.p${i}`), undefined)
    assert.equal(await define(one, 'one.p4'), 'wamp.error.unavailable')
    assert.equal(await define(one, 'one.p3'), undefined)
    for (let i = 1; i <= 2; i++) assert.equal(await define(other, `other.p${i}`), undefined)
    assert.equal(await define(other, 'other.p3'), 'wamp.error.unavailable')
    await ask(one, 'wamp.reflect.define', 'one.p1', null)
    assert.equal(await define(other, 'other.p3'), undefined)
  })

  it('refuses a definition that is longer than may be', async () => {
    const { join } = memoryRouter(undefined, { limits: { definitionBytes: 100 } })
    const client = join()
    const long = { type: 'topic', text: 'x'.repeat(100) }
    const refused = await ask(client, 'wamp.reflect.define', 'a.b', long)
    assert.equal(refused, 'wamp.error.invalid_argument')
  })

  it('keeps nothing of a session that left while its right was asked for', async () => {
    const right = deferred<Decision>()
    const { join } = memoryRouter(({ action }) =>
      action === 'register' ? right.promise : { allow: true, until: Infinity },
    )
    const client = join()
    client.send([48, 1, {}, 'wamp.reflect.define', ['a.b', { type: 'procedure' }]])
    client.lose()
    right.resolve({ allow: true })
    await settled()
    assert.deepEqual(await ask(join(), 'wamp.reflection.procedure.list'), [])
  })

  it('shows what one may use when that must be asked for elsewhere, and tells such a one nothing unasked', async () => {
    const { join } = memoryRouter(({ action, uri, principal }) => {
      const asked = principal.authid === 'guest' && action === 'call' && uri.startsWith('lamp.')
      return asked ? Promise.resolve({ allow: uri !== 'lamp.secret' }) : { allow: true }
    })
    const guest = join({ authid: 'guest' })
    guest.ask([32, 1, {}, 'wamp.reflect.on_define'])
    const lamp = join({ authid: 'lamp' })
    await define(lamp, 'lamp.switch')
    await define(lamp, 'lamp.secret')
    await settled()
    assert.deepEqual(guest.take(), [])
    assert.deepEqual(await ask(guest, 'wamp.reflection.procedure.list'), ['lamp.switch'])
  })

  it('asks about a listener elsewhere but once, however much is defined', async () => {
    const asked: string[] = []
    const { join } = memoryRouter(({ action, uri, principal }) => {
      if (principal.authid !== 'guest' || action !== 'call') return { allow: true }
      asked.push(uri)
      return Promise.resolve({ allow: true })
    })
    join({ authid: 'guest' }).ask([32, 1, {}, 'wamp.reflect.on_define'])
    const lamp = join({ authid: 'lamp' })
    for (let i = 1; i <= 10; i++) await define(lamp, `lamp.p${i}`)
    assert.deepEqual(asked, ['lamp.p1'])
  })

  it('asks for no more rights when nobody waits for the list any longer', async () => {
    const asked: ReturnType<typeof deferred<Decision>>[] = []
    const { join, clock } = memoryRouter(({ action, uri, principal }) => {
      const elsewhere = principal.authid === 'guest' && action === 'call' && uri.startsWith('lamp.')
      if (!elsewhere) return { allow: true }
      const right = deferred<Decision>()
      asked.push(right)
      return right.promise
    })
    const lamp = join({ authid: 'lamp' })
    for (let i = 1; i <= 3; i++) await define(lamp, `lamp.p${i}`)
    const guest = join({ authid: 'guest' })
    guest.send([48, 1, {}, 'wamp.reflection.procedure.list'])
    await settled()
    clock.advance(5_000)
    await settled()
    const [answer = []] = guest.take()
    assert.equal(answer[4], 'wamp.error.runtime_error')
    asked[0]?.resolve({ allow: true })
    await settled()
    assert.equal(asked.length, 1)
  })

  it('defines nothing after the definer was told that it failed', async () => {
    const right = deferred<Decision>()
    const { join, clock } = memoryRouter(
      ({ action }) => (action === 'register' ? right.promise : { allow: true }),
      { limits: { procedureMs: 1_000 } },
    )
    const client = join()
    client.send([48, 1, {}, 'wamp.reflect.define', ['a.b', { type: 'procedure' }]])
    await settled()
    clock.advance(1_000)
    await settled()
    const [answer = []] = client.take()
    assert.equal(answer[4], 'wamp.error.runtime_error')
    right.resolve({ allow: true })
    await settled()
    assert.deepEqual(await ask(join(), 'wamp.reflection.procedure.list'), [])
  })

  describe('of a definer whose right is withdrawn', () => {
    const root = { value: 0 }
    const epochs = (): Epochs => ({ root, parts: [{ counter: root, seen: root.value }] })
    let asked: string[]
    let withdrawn: Set<string>
    let reason: string | undefined
    beforeEach(() => {
      asked = []
      withdrawn = new Set()
      reason = undefined
    })

    /** A router in which the lamp's right to offer is asked about, at once or elsewhere. */
    const lampHouse = (elsewhere: boolean) => {
      const house = memoryRouter(({ action, uri, principal }) => {
        const isOffer = action === 'register' || action === 'publish'
        if (principal.authid !== 'lamp' || !isOffer) return { allow: true, until: forever }
        asked.push(`${action} ${uri}`)
        const allow = !withdrawn.has(`${action} ${uri}`)
        const denial = reason !== undefined && !allow ? { reason } : {}
        const decision = { allow, ...denial, until: forever, epochs: epochs() }
        return elsewhere ? Promise.resolve(decision) : decision
      })
      const [lamp, viewer] = [house.join({ authid: 'lamp' }), house.join({ authid: 'viewer' })]
      viewer.ask([32, 1, {}, 'wamp.reflect.on_undefine'])
      return { ...house, lamp, viewer }
    }
    const withdraw = (...rights: string[]): void => {
      withdrawn = new Set(rights)
      root.value++
    }
    const undefinedOnes = (viewer: MemoryClient): unknown[] =>
      viewer.take().flatMap(([type, , , , args]) => (type === 36 ? [args] : []))

    for (const elsewhere of [false, true]) {
      const where = elsewhere ? ' when it is asked about elsewhere' : ''
      it(`ends what it may no longer offer, and nothing else, as soon as its rights are looked at${where}`, async () => {
        const { lamp, viewer, realm } = lampHouse(elsewhere)
        await define(lamp, 'lamp.switch')
        await define(lamp, 'lamp.secret')
        for (const type of ['topic', 'error'])
          await ask(lamp, 'wamp.reflect.define', 'lamp.secret', { type })
        const session = [...realm.sessions.values()].find(
          ({ principal }) => principal.authid === 'lamp',
        )
        assert.ok(session)
        viewer.take()
        withdraw('register lamp.secret')
        realm.reassess(session)
        await settled()
        assert.deepEqual(undefinedOnes(viewer), [['lamp.secret', 'procedure']])
        withdraw('register lamp.secret', 'publish lamp.secret')
        realm.reassess(session)
        await settled()
        assert.deepEqual(undefinedOnes(viewer), [
          ['lamp.secret', 'topic'],
          ['lamp.secret', 'error'],
        ])
        assert.deepEqual(await ask(viewer, 'wamp.reflection.procedure.list'), ['lamp.switch'])
      })
    }

    it('shows it no more when it is listed or described, and others may say what it is', async () => {
      const { lamp, viewer, join } = lampHouse(true)
      await define(lamp, 'lamp.switch')
      await define(lamp, 'lamp.secret')
      asked = []
      assert.deepEqual(await ask(viewer, 'wamp.reflection.procedure.list'), [
        'lamp.switch',
        'lamp.secret',
      ])
      assert.deepEqual(asked, [], 'a right that stands is not asked about again')
      withdraw('register lamp.switch')
      const hidden = ask(viewer, 'wamp.reflection.procedure.describe', 'lamp.switch')
      assert.equal(await hidden, null)
      withdraw('register lamp.switch', 'register lamp.secret')
      const other = join({ authid: 'other' })
      assert.equal(await define(other, 'lamp.secret'), undefined)
      assert.deepEqual(await ask(viewer, 'wamp.reflection.procedure.list'), ['lamp.secret'])
      assert.deepEqual(asked, ['register lamp.switch', 'register lamp.secret'])
    })

    it('hides it while the right cannot be decided, and shows it again after that', async () => {
      const { lamp, viewer } = lampHouse(true)
      await define(lamp, 'lamp.switch')
      viewer.take()
      reason = 'wamp.error.authorization_failed'
      withdraw('register lamp.switch')
      assert.deepEqual(await ask(viewer, 'wamp.reflection.procedure.list'), [])
      assert.deepEqual(undefinedOnes(viewer), [])
      withdraw()
      assert.deepEqual(await ask(viewer, 'wamp.reflection.procedure.list'), ['lamp.switch'])
    })
  })

  it('denies nothing to who may publish what it describes as an error, but not register it', async () => {
    const { join, realm } = memoryRouter(({ action }) => ({ allow: action !== 'register' }))
    const client = join()
    const defined = await ask(client, 'wamp.reflect.define', 'a.fault', { type: 'error' })
    assert.equal(defined, undefined)
    assert.equal(realm.decisionCounts.register.denied, 0)
    assert.equal(await define(client, 'a.b'), 'wamp.error.not_authorized')
    assert.equal(realm.decisionCounts.register.denied, 1)
  })
})

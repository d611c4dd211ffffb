import assert from 'node:assert/strict'
import { chain } from '../../../authorizers/chain.ts'
import { staticAuthorizer, type UriRule } from '../../../authorizers/static.ts'
import type { Authorizer } from '../../../router/access.ts'
import { allRoles, type WampClient, type Wire } from '../../support/wamp-client.ts'
import { ownRouter } from './own-router.ts'
import { assertError, callee, subscriber, type Scene } from './scene.ts'

const all = { call: true, register: true, subscribe: true, publish: true }
const none = { call: false, register: false, subscribe: false, publish: false }

const rules: readonly UriRule[] = [
  { role: 'house', uri: '', match: 'prefix', allow: all },
  { role: 'all', uri: 'exact.one', match: 'exact', allow: all },
  { role: 'all', uri: 'prefix.', match: 'prefix', allow: all },
  { role: 'all', uri: 'wild..card', match: 'wildcard', allow: all },
  ...(['call', 'register', 'subscribe', 'publish'] as const).map((action) => ({
    role: action,
    uri: 'exact.one',
    match: 'exact' as const,
    allow: { ...none, [action]: true },
  })),
  { role: 'guest', uri: 'told.', match: 'prefix', allow: all, disclose: true, trustlevel: 3 },
  { role: 'guest', uri: 'hidden.', match: 'prefix', allow: all, disclose: false },
  { role: 'guest', uri: 'told.shut', match: 'exact', allow: none, denial: 'authorization_denied' },
  { role: 'guest', uri: 'told.key', match: 'exact', allow: none, denial: 'authorization_required' },
]

/** Breaks over names that begin with `broken`, at once or in a while. */
const broken: Authorizer = ({ uri, principal }) => {
  if (principal.authrole === 'house') return undefined
  if (uri === 'broken.now') throw new Error('broken')
  return uri === 'broken.later' ? Promise.reject(new Error('broken')) : undefined
}

const four = (uri: string): readonly Wire[] => [
  [48, 1, {}, uri, ['x']],
  [16, 2, { acknowledge: true }, uri, ['x']],
  [32, 3, {}, uri],
  [64, 4, {}, uri],
]

/** Who may do what (rfc/text/advanced/authorization.md), and what receivers learn of who asked. */
export function describeAuthorization(scene: () => Scene): void {
  describe('a right', () => {
    const own = ownRouter(scene, { authorizer: chain([broken, staticAuthorizer(rules)]) })

    const assertDenied = async (
      client: WampClient,
      uri: string,
      reason = 'wamp.error.not_authorized',
    ): Promise<void> => {
      for (const message of four(uri)) {
        const [type, request] = message as [number, number]
        assertError(await client.ask(message), type, request, reason)
      }
    }

    it('is given to a role for each of the four actions, on an exact URI, a prefix and a wildcard pattern', async () => {
      const client = await own().join('all')
      for (const uri of ['exact.one', 'prefix.a.b', 'wild.x.card']) {
        const answers: unknown[] = []
        for (const [type, , options] of four(uri)) {
          const answer = await client.ask([type, 1, options, uri])
          answers.push(answer[0] === 8 ? answer[4] : answer[0])
          // The URI is free again for the next: what is asked is whether one may.
          if (answer[0] === 33) await client.ask([34, 1, answer[2]])
          if (answer[0] === 65) await client.ask([66, 1, answer[2]])
        }
        assert.deepEqual(answers, ['wamp.error.no_such_procedure', 17, 33, 65])
      }
      for (const uri of ['exact.one.more', 'prefix', 'wild.x.y.card'])
        await assertDenied(client, uri)
    })

    it('to one action is none to the others', async () => {
      const types = { call: 48, publish: 16, subscribe: 32, register: 64 }
      for (const [role, allowed] of Object.entries(types)) {
        const client = await own().join(role)
        for (const [type, request, options, uri] of four('exact.one')) {
          const answer = await client.ask([type, request, options, uri])
          if (type === allowed) assert.notEqual(answer[4], 'wamp.error.not_authorized')
          else assertError(answer, type as number, request as number, 'wamp.error.not_authorized')
        }
      }
    })

    it('that nobody gave is answered with not_authorized, whatever the action, and nothing is done', async () => {
      const house = await own().joinOther('house')
      await house.register('secret.door')
      await house.subscribe('secret.door')
      const guest = await own().join('guest')
      await assertDenied(guest, 'secret.door')
      guest.send([16, 9, {}, 'secret.door'])
      assert.deepEqual(await guest.settle(), [])
      assert.deepEqual(await house.settle(), [])
    })

    it('that cannot be decided, as the authorizer itself fails, is refused with authorization_failed, and nothing is done', async () => {
      const house = await own().joinOther('house')
      const guest = await own().join('guest')
      for (const [i, uri] of ['broken.now', 'broken.later'].entries()) {
        await house.register(uri, i + 1)
        await house.subscribe(uri, {}, i + 1)
        await assertDenied(guest, uri, 'wamp.error.authorization_failed')
      }
      assert.deepEqual(await house.settle(), [])
    })

    it('to register that is denied tells nothing of what is registered: the answer is the same for what is there', async () => {
      const house = await own().joinOther('house')
      await house.register('secret.door')
      assert.equal((await house.ask([64, 2, { invoke: 'roundrobin' }, 'secret.shared']))[0], 65)
      const guest = await own().join('guest')
      const answers = new Set<string>()
      for (const uri of ['secret.door', 'secret.shared', 'secret.nothing']) {
        for (const options of [{}, { invoke: 'roundrobin' }, { match: 'prefix' }]) {
          answers.add(JSON.stringify((await guest.ask([64, 1, options, uri])).slice(3)))
        }
        answers.add(JSON.stringify((await guest.ask([48, 1, {}, uri])).slice(3)))
      }
      assert.deepEqual([...answers], [JSON.stringify([{}, 'wamp.error.not_authorized'])])
    })

    it('that a rule denies by name is answered with authorization_denied, and one that can be had with authorization_required', async () => {
      const guest = await own().join('guest')
      await assertDenied(guest, 'told.shut', 'wamp.error.authorization_denied')
      await assertDenied(guest, 'told.key', 'wamp.error.authorization_required')
      await assertDenied(guest, 'nowhere', 'wamp.error.not_authorized')
    })
  })

  describe('what receivers are told of who asked', () => {
    const own = ownRouter(scene, { authorizer: staticAuthorizer(rules) })

    const invoked = async (house: WampClient): Promise<unknown> => (await house.next())[3]

    it('is who calls, where the configuration forces it: not asked for, and asked to be left out', async () => {
      const house = await own().joinOther('house')
      await house.register('told.door')
      const guest = await own().join('guest')
      for (const [i, options] of [{}, { disclose_me: false }].entries()) {
        guest.send([48, i + 1, options, 'told.door'])
        const { caller, caller_authid, caller_authrole } = (await invoked(house)) as Record<
          string,
          unknown
        >
        assert.equal(typeof caller, 'number')
        assert.deepEqual([caller_authid, caller_authrole], ['guest', 'guest'])
      }
    })

    it('is who publishes, by topic, where the configuration forces it: not asked for, and asked to be left out', async () => {
      const house = await own().joinOther('house')
      await house.subscribe('told.state')
      const guest = await own().join('guest')
      for (const [i, options] of [{}, { disclose_me: false }].entries()) {
        guest.send([16, i + 1, options, 'told.state'])
        const { publisher, publisher_authid, publisher_authrole } = (await invoked(
          house,
        )) as Record<string, unknown>
        assert.equal(typeof publisher, 'number')
        assert.deepEqual([publisher_authid, publisher_authrole], ['guest', 'guest'])
      }
    })

    it('is nothing where the configuration forbids it, and asking for it is refused', async () => {
      const house = await own().joinOther('house')
      await house.register('hidden.door')
      const guest = await own().join('guest')
      guest.send([48, 1, {}, 'hidden.door'])
      assert.deepEqual(await invoked(house), {})
      const refused = await guest.ask([48, 2, { disclose_me: true }, 'hidden.door'])
      assertError(refused, 48, 2, 'wamp.error.option_disallowed.disclose_me')
    })

    it('is the trust level that a rule gives, to callees that announced call_trustlevels alone', async () => {
      const guest = await own().join('guest')
      for (const [trusting, expected] of [
        [true, 3],
        [false, undefined],
      ] as const) {
        const house = await own().joinOther('house', callee({ call_trustlevels: trusting }))
        const id = await house.register('told.door')
        guest.send([48, 1, {}, 'told.door'])
        const [, invocation, , details] = await house.next()
        assert.equal((details as Record<string, unknown>)['trustlevel'], expected)
        house.send([70, invocation, {}])
        assert.equal((await guest.next())[0], 50)
        await house.ask([66, 2, id])
      }
    })

    it('is the trust level that a rule gives, to subscribers that announced publication_trustlevels alone', async () => {
      const trusting = await own().joinOther('house', subscriber({ publication_trustlevels: true }))
      const other = await own().joinOther('house', { roles: allRoles })
      for (const client of [trusting, other]) await client.subscribe('told.state')
      const guest = await own().join('guest')
      guest.send([16, 1, {}, 'told.state'])
      assert.equal(((await invoked(trusting)) as Record<string, unknown>)['trustlevel'], 3)
      assert.ok(!Object.hasOwn((await invoked(other)) as object, 'trustlevel'))
    })
  })
}

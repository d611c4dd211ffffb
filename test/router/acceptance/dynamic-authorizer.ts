import assert from 'node:assert/strict'
import { chain } from '../../../authorizers/chain.ts'
import { Schemas } from '../../../authorizers/schemas.ts'
import { staticAuthorizer } from '../../../authorizers/static.ts'
import { RealmAuthorizer } from '../../../realms/dynamic-authorizer.ts'
import { allRoles, type WampClient } from '../../support/wamp-client.ts'
import { ownRouter } from './own-router.ts'
import { assertError, type Scene } from './scene.ts'

const all = { call: true, register: true, subscribe: true, publish: true }
const revocation = {
  roles: {
    ...allRoles,
    callee: { features: { registration_revocation: true } },
    subscriber: { features: { subscription_revocation: true } },
  },
}

/** A component that decides, and takes back what it has given. */
export function describeDynamicAuthorizer(scene: () => Scene): void {
  describe('a component that decides', () => {
    const config = { procedure: 'house.may', role: 'judge', decides: ['guest'], timeoutMs: 2_000 }
    const schemas = new Schemas({ on: { args: { type: 'array', items: { type: 'boolean' } } } })
    const dynamic = new RealmAuthorizer(config, { schemas })
    const authorizer = chain([
      dynamic.authorizer.authorize,
      staticAuthorizer([{ role: 'house', uri: '', match: 'prefix', allow: all }]),
      ({ principal }) =>
        principal.kind === 'service' ? { allow: true, until: Infinity } : undefined,
    ])
    const own = ownRouter(scene, { authorizer }, (realm) => dynamic.attach(realm))

    /** Answers what it is asked by the URI, and keeps the questions. */
    const judging = async (
      by: (uri: string) => unknown,
      asked: unknown[] = [],
    ): Promise<WampClient> => {
      const judge = await own().joinOther('judge')
      await judge.register('house.may')
      judge.intercept = ([type, invocation, , , args]) => {
        if (type !== 68) return false
        asked.push(args)
        judge.send([70, invocation, {}, [by((args as [unknown, string])[1])]])
        return true
      }
      return judge
    }

    it('is called with details of the session, URI, action and options, and answers with a boolean or with allow, disclose, cache and validate', async () => {
      const asked: unknown[] = []
      const full = { allow: true, disclose: true, cache: true, validate: { call: 'on' } }
      await judging((uri) => (uri === 'lamp.switch' ? full : uri === 'lamp.dim'), asked)
      const lamp = await own().joinOther('house')
      await lamp.register('lamp.switch')
      const guest = await own().join('guest')
      const wrong = await guest.ask([48, 1, { timeout: 1_000 }, 'lamp.switch', ['on']])
      assertError(wrong, 48, 1, 'wamp.error.invalid_argument')
      guest.send([48, 2, {}, 'lamp.switch', [true]])
      const [, invocation, , details] = await lamp.next()
      assert.equal((details as Record<string, unknown>)['caller_authid'], 'guest')
      lamp.send([70, invocation, {}, ['on']])
      assert.deepEqual((await guest.next()).slice(3), [['on']])
      assertError(await guest.ask([48, 3, {}, 'lamp.dim']), 48, 3, 'wamp.error.no_such_procedure')
      assertError(await guest.ask([48, 4, {}, 'lamp.open']), 48, 4, 'wamp.error.not_authorized')
      const [first, ...rest] = asked as [Record<string, unknown>, string, string, object][]
      const { session, ...who } = first?.[0] ?? {}
      assert.equal(typeof session, 'number')
      assert.deepEqual(who, {
        realm: 'realm1',
        authid: 'guest',
        authrole: 'guest',
        authmethod: 'anonymous',
        authprovider: 'test',
      })
      assert.deepEqual(first?.slice(1), ['lamp.switch', 'call', { timeout: 1_000 }])
      // It said that its first answer may be kept.
      assert.deepEqual(
        rest.map(([, uri]) => uri),
        ['lamp.dim', 'lamp.open'],
      )
    })

    it('is asked for each action, and its word counts: yes, no, and no with a reason', async () => {
      const answers: Record<string, unknown> = {
        'told.yes': true,
        'told.no': false,
        'told.why': { allow: false, reason: 'wamp.error.authorization_denied' },
      }
      await judging((uri) => answers[uri])
      const guest = await own().join('guest')
      for (const [uri, ...expected] of [
        ['told.yes', 'wamp.error.no_such_procedure', 17, 33, 65],
        ['told.no', ...Array<string>(4).fill('wamp.error.not_authorized')],
        ['told.why', ...Array<string>(4).fill('wamp.error.authorization_denied')],
        ['told.nothing', ...Array<string>(4).fill('wamp.error.authorization_failed')],
      ]) {
        const got: unknown[] = []
        for (const type of [48, 16, 32, 64]) {
          const answer = await guest.ask([type, 1, type === 16 ? { acknowledge: true } : {}, uri])
          got.push(answer[0] === 8 ? answer[4] : answer[0])
        }
        assert.deepEqual(got, expected)
      }
    })

    it('takes a right back: what was registered and subscribed by it is gone at once, and who announced revocation is told', async () => {
      let allowed = true
      const judge = await judging(() => ({ allow: allowed, cache: true }))
      const guest = await own().join('guest', revocation)
      const registration = await guest.register('lamp.switch')
      const subscription = await guest.subscribe('lamp.state', {}, 2)
      const house = await own().joinOther('house')
      house.send([48, 1, {}, 'lamp.switch'])
      const [, invocation] = await guest.next()
      guest.send([70, invocation, {}])
      assert.equal((await house.next())[0], 50)
      allowed = false
      assert.equal((await judge.ask([48, 1, {}, 'house.may.flush', ['guest']]))[0], 50)
      const reason = 'no longer authorized'
      const told = (await guest.take(2)).toSorted(([a], [b]) => Number(a) - Number(b))
      assert.deepEqual(told, [
        [35, 0, { subscription, reason }],
        [67, 0, { registration, reason }],
      ])
      const answer = await house.ask([48, 2, {}, 'lamp.switch'])
      assertError(answer, 48, 2, 'wamp.error.no_such_procedure')
      assert.equal((await house.ask([16, 3, { acknowledge: true }, 'lamp.state']))[0], 17)
      assert.deepEqual(await guest.settle(), [])
    })
  })
}

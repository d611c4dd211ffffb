import assert from 'node:assert/strict'
import { staticAuthorizer, type UriRule } from '../../../authorizers/static.ts'
import type { WampClient } from '../../support/wamp-client.ts'
import { until } from '../../support/until.ts'
import { ownRouter } from './own-router.ts'
import { assertError, type Scene } from './scene.ts'

const all = { call: true, register: true, subscribe: true, publish: true }
const use = { call: true, register: false, subscribe: true, publish: false }

const rules: readonly UriRule[] = [
  { role: 'house', uri: '', match: 'prefix', allow: all },
  { role: 'guest', uri: 'lamp.', match: 'prefix', allow: use },
  { role: 'guest', uri: 'wamp.refle', match: 'prefix', allow: use },
]

/** Reflection (rfc/text/advanced/interface_reflection.md). */
export function describeReflection(scene: () => Scene): void {
  describe('reflection', () => {
    const own = ownRouter(scene, {
      authorizer: staticAuthorizer(rules),
      definitions: [{ uri: 'lamp.built', type: 'procedure', text: 'from the configuration' }],
    })

    let request = 0
    const ask = async (client: WampClient, uri: string, ...args: unknown[]): Promise<unknown> => {
      const answer = await client.ask([48, ++request, {}, uri, args])
      if (answer[0] !== 50) return answer[4]
      return ((answer[3] ?? []) as unknown[])[0]
    }
    const lists = async (client: WampClient): Promise<unknown> => [
      await ask(client, 'wamp.reflection.procedure.list'),
      await ask(client, 'wamp.reflection.topic.list'),
      await ask(client, 'wamp.reflection.error.list'),
    ]

    const define = async (house: WampClient): Promise<void> => {
      const definitions = [
        ['lamp.switch', { type: 'procedure', args: ['on'], returns: 'state' }],
        ['lamp.state', { type: 'topic', text: 'on or off' }],
        ['lamp.error.stuck', { type: 'error' }],
        ['safe.open', { type: 'procedure' }],
        ['safe.state', { type: 'topic' }],
      ] as const
      for (const [uri, definition] of definitions) {
        assert.equal(await ask(house, 'wamp.reflect.define', uri, definition), undefined)
      }
    }

    it('lists and describes procedures, topics and errors, as they were defined, to who may use them', async () => {
      const house = await own().joinOther('house')
      await define(house)
      const guest = await own().join('guest')
      assert.deepEqual(await lists(guest), [
        ['lamp.built', 'lamp.switch'],
        ['lamp.state'],
        ['lamp.error.stuck'],
      ])
      assert.deepEqual(await ask(guest, 'wamp.reflection.procedure.describe', 'lamp.switch'), {
        uri: 'lamp.switch',
        type: 'procedure',
        args: ['on'],
        returns: 'state',
      })
      assert.deepEqual(await ask(guest, 'wamp.reflection.topic.describe', 'lamp.state'), {
        uri: 'lamp.state',
        type: 'topic',
        text: 'on or off',
      })
      assert.deepEqual(await ask(guest, 'wamp.reflection.error.describe', 'lamp.error.stuck'), {
        uri: 'lamp.error.stuck',
        type: 'error',
      })
      assert.deepEqual(await ask(guest, 'wamp.reflect.describe', 'lamp.built'), [
        { uri: 'lamp.built', type: 'procedure', text: 'from the configuration' },
      ])
    })

    it('is wamp.reflection.{topic,procedure,error}.{list,describe} and wamp.reflect.{define,describe,on_define,on_undefine}', async () => {
      const guest = await own().join('guest')
      const defined = await guest.subscribe('wamp.reflect.on_define')
      const forgotten = await guest.subscribe('wamp.reflect.on_undefine', {}, 2)
      const house = await own().joinOther('house')
      for (const type of ['topic', 'procedure', 'error']) {
        const definition = { uri: `lamp.a_${type}`, type }
        const given = { type }
        assert.equal(await ask(house, 'wamp.reflect.define', definition.uri, given), undefined)
        assert.deepEqual((await guest.next()).slice(4), [[definition]])
        const list = await ask(guest, `wamp.reflection.${type}.list`)
        assert((list as string[]).includes(definition.uri))
        const described = await ask(guest, `wamp.reflection.${type}.describe`, definition.uri)
        assert.deepEqual(described, definition)
        assert.deepEqual(await ask(guest, 'wamp.reflect.describe', definition.uri), [definition])
        assert.equal(await ask(house, 'wamp.reflect.define', definition.uri, null), undefined)
        const gone = await guest.next()
        assert.deepEqual([gone[1], gone[4]], [forgotten, [definition.uri, type]])
        assert.equal(await ask(guest, `wamp.reflection.${type}.describe`, definition.uri), null)
      }
      assert.notEqual(defined, forgotten)
    })

    it('hides what one may not use as if it were not there', async () => {
      const house = await own().joinOther('house')
      await define(house)
      assert.deepEqual(await ask(house, 'wamp.reflection.procedure.list'), [
        'lamp.built',
        'lamp.switch',
        'safe.open',
      ])
      const guest = await own().join('guest')
      for (const uri of ['safe.open', 'safe.nothing']) {
        assert.equal(await ask(guest, 'wamp.reflection.procedure.describe', uri), null)
        assert.deepEqual(await ask(guest, 'wamp.reflect.describe', uri), [])
      }
      assert.equal(await ask(guest, 'wamp.reflection.topic.describe', 'safe.state'), null)
    })

    it('takes a definition only from who may register or publish the name, and no name twice', async () => {
      const [house, other] = [await own().joinOther('house'), await own().joinOther('house')]
      await define(house)
      const guest = await own().join('guest')
      const denied = await guest.ask([
        48,
        1,
        {},
        'wamp.reflect.define',
        ['lamp.dim', { type: 'topic' }],
      ])
      assertError(denied, 48, 1, 'wamp.error.not_authorized')
      const refused: readonly unknown[][] = [
        ['lamp.switch', { type: 'procedure' }],
        ['lamp.dim', { type: 'lamp' }],
        ['lamp.dim', 'procedure'],
        ['lamp dim', { type: 'procedure' }],
        ['wamp.dim', { type: 'procedure' }],
        ['lamp.built', { type: 'procedure' }],
        [{ type: 'procedure' }],
        ['lamp.dim', { type: 'procedure', text: 'x'.repeat(20_000) }],
      ]
      for (const args of refused) {
        assert.equal(
          await ask(other, 'wamp.reflect.define', ...args),
          'wamp.error.invalid_argument',
        )
      }
    })

    it('tells of what is defined and undefined, by events for those who may use it, and forgets who leaves', async () => {
      const guest = await own().join('guest')
      const words = new Map<unknown, string>()
      for (const [i, word] of ['define', 'undefine'].entries()) {
        words.set(await guest.subscribe(`wamp.reflect.on_${word}`, {}, i + 1), word)
      }
      const house = await own().joinOther('house')
      await define(house)
      await ask(house, 'wamp.reflect.define', 'lamp.state', null)
      const told = async (count: number): Promise<unknown[]> =>
        (await guest.take(count)).map(([, id, , , args]) => [words.get(id), args])
      assert.deepEqual(await told(4), [
        ['define', [{ uri: 'lamp.switch', type: 'procedure', args: ['on'], returns: 'state' }]],
        ['define', [{ uri: 'lamp.state', type: 'topic', text: 'on or off' }]],
        ['define', [{ uri: 'lamp.error.stuck', type: 'error' }]],
        ['undefine', ['lamp.state', 'topic']],
      ])
      house.close()
      assert.deepEqual(await told(2), [
        ['undefine', ['lamp.switch', 'procedure']],
        ['undefine', ['lamp.error.stuck', 'error']],
      ])
      await until(() => own().realm.sessions.size === 1)
      assert.deepEqual(await lists(guest), [['lamp.built'], [], []])
    })
  })
}

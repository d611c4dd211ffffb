import assert from 'node:assert/strict'
import type { WampClient, Wire } from '../../support/wamp-client.ts'
import { assertError, type Scene } from './scene.ts'

const illFormed = ['', '.', 'a.', '.a', 'a..b', 'a b', 'a\tb', 'a\nb', 'a#b', 'a.#', ' a', 'a ']

/** URIs of topics and procedures (rfc/text/basic/building_blocks.md, URIs). */
export function describeUris(scene: () => Scene): void {
  describe('a URI', () => {
    let client: WampClient

    beforeEach(async () => {
      client = await scene().join()
    })

    const assertInvalid = async (message: Wire): Promise<void> => {
      const [type, request] = message as [number, number]
      assertError(await client.ask(message), type, request, 'wamp.error.invalid_uri')
    }

    it('with whitespace, # or an empty component is refused by SUBSCRIBE and REGISTER', async () => {
      for (const uri of illFormed) {
        await assertInvalid([32, 1, {}, uri])
        await assertInvalid([64, 1, {}, uri])
      }
    })

    it('is held to the same rule by CALL and an acknowledged PUBLISH', async () => {
      for (const uri of illFormed) {
        await assertInvalid([48, 1, {}, uri])
        await assertInvalid([16, 1, { acknowledge: true }, uri])
      }
    })

    it('that is ill-formed stays so when a decision about another action is kept', async () => {
      assert.equal((await client.ask([16, 1, { acknowledge: true }, 'a.b']))[0], 17)
      await assertInvalid([48, 2, {}, '.a.b'])
      await assertInvalid([48, 2, {}, 'publish exact a.b'])
    })

    it('of loose components is taken: letters of all scripts, capitals, signs', async () => {
      for (const uri of ['Com.MyApp.Proc-1', 'käse.öffnen', '家.灯', 'a@b.c$d', 'x']) {
        assert.equal((await client.ask([32, 1, {}, uri]))[0], 33)
        assert.equal((await client.ask([64, 1, {}, uri]))[0], 65)
      }
    })

    it('longer than 256 bytes or of more than 32 components is refused', async () => {
      await assertInvalid([48, 1, {}, 'a'.repeat(257)])
      await assertInvalid([48, 1, {}, 'ä'.repeat(129)])
      await assertInvalid([48, 1, {}, Array(33).fill('a').join('.')])
      const longest = Array(32).fill('a234567').join('.')
      assertError(await client.ask([48, 1, {}, longest]), 48, 1, 'wamp.error.no_such_procedure')
    })

    it('may have empty components in a SUBSCRIBE with match=wildcard alone', async () => {
      for (const uri of ['a..c', '.b', 'a.', '..', 'a.b']) {
        assert.equal((await client.ask([32, 1, { match: 'wildcard' }, uri]))[0], 33)
      }
      for (const uri of ['a..c', '.b', '..c', '.']) {
        await assertInvalid([32, 1, { match: 'prefix' }, uri])
      }
    })

    it('may end in an empty component in a SUBSCRIBE with match=prefix', async () => {
      assert.equal((await client.ask([32, 1, { match: 'prefix' }, 'a.b.']))[0], 33)
      await assertInvalid([32, 1, { match: 'exact' }, 'a.b.'])
    })

    it('may have empty components with match=wildcard alone, and an empty last one with match=prefix, in SUBSCRIBE and REGISTER alike', async () => {
      for (const [type, done] of [
        [32, 33],
        [64, 65],
      ] as const) {
        for (const [match, uris] of [
          ['wildcard', ['a..c', '.b', 'a.', '..']],
          ['prefix', ['a.b.']],
        ] as const) {
          for (const uri of uris) {
            assert.equal((await client.ask([type, 1, { match }, uri]))[0], done, `${match} ${uri}`)
          }
        }
        for (const uri of ['a..c', '.b', '..c', '.']) {
          await assertInvalid([type, 1, { match: 'prefix' }, uri])
        }
        for (const uri of ['a..c', '.b', 'a.', '..']) await assertInvalid([type, 1, {}, uri])
      }
    })

    it('with "wamp" as its first component is refused by REGISTER', async () => {
      for (const uri of ['wamp', 'wamp.session.count', 'wamp.my.procedure']) {
        await assertInvalid([64, 1, {}, uri])
      }
      await assertInvalid([64, 1, { match: 'prefix' }, 'wamp.'])
      await assertInvalid([64, 1, { match: 'wildcard' }, 'wamp..count'])
      assert.equal((await client.ask([64, 1, {}, 'wampum.count']))[0], 65)
      assert.equal((await client.ask([64, 1, {}, 'my.wamp.count']))[0], 65)
    })

    it('with "wamp" as its first component is refused by PUBLISH: nobody forges meta events', async () => {
      const listener = await scene().joinOther()
      await listener.subscribe('wamp.session.on_join')
      await listener.subscribe('wamp.', { match: 'prefix' })
      await assertInvalid([16, 1, { acknowledge: true }, 'wamp.session.on_join'])
      client.send([16, 2, {}, 'wamp.session.on_join', ['forged']])
      assert.deepEqual(await client.settle(), [])
      // Those of the router itself come through.
      const forged = (await listener.settle()).filter((event) => event.length > 4)
      assert.ok(forged.every(([, , , , args]) => (args as unknown[])[0] !== 'forged'))
    })
  })
}

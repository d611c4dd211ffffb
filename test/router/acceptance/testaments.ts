import assert from 'node:assert/strict'
import type { WampClient } from '../../support/wamp-client.ts'
import { errorOf, featuresOf, resultOf } from './answers.ts'
import type { Scene } from './scene.ts'

/** Testaments (rfc/text/advanced/pubsub_testament.md). */
export function describeTestaments(scene: () => Scene): void {
  const add = async (
    client: WampClient,
    args: readonly unknown[],
    kwargs?: Record<string, unknown>,
  ): Promise<unknown> => resultOf(client, 'wamp.session.add_testament', args, kwargs)
  const flush = async (client: WampClient, scope?: string): Promise<unknown> =>
    resultOf(client, 'wamp.session.flush_testaments', [], scope === undefined ? {} : { scope })
  /** Topic, Arguments and ArgumentsKw of the next events. */
  const heard = async (client: WampClient, count: number): Promise<unknown[]> => {
    const messages = await client.take(count)
    return messages.map(([, , , details, args, kwargs]) => [
      (details as { topic: unknown }).topic,
      args,
      kwargs,
    ])
  }
  const listening = async (): Promise<WampClient> => {
    const listener = await scene().joinOther()
    await listener.subscribe('will.', { match: 'prefix' })
    return listener
  }

  describe('a testament', () => {
    it('is announced by the dealer as testament_meta_api', async () => {
      const client = await scene().connect()
      assert.equal(featuresOf(await client.join(), 'dealer')['testament_meta_api'], true)
    })

    it('is published when its session is lost, with its arguments and options, several in their order', async () => {
      const listener = await listening()
      const left = await scene().joinOther('realm1', { authid: 'excluded' })
      await left.subscribe('will.', { match: 'prefix' })
      const client = await scene().join()
      await add(client, ['will.first', ['Seeya!', 1], { my_name: 'app1' }])
      const options = { publish_options: { exclude_authid: ['excluded'], acknowledge: true } }
      await add(client, ['will.second', ['only some'], {}], { ...options, scope: 'destroyed' })
      await add(client, ['will.third', [], {}])
      assert.deepEqual(await listener.settle(), [])
      client.drop()
      assert.deepEqual(await heard(listener, 3), [
        ['will.first', ['Seeya!', 1], { my_name: 'app1' }],
        ['will.second', ['only some'], {}],
        ['will.third', [], {}],
      ])
      const topics = (await heard(left, 2)).map((event) => (event as unknown[])[0])
      assert.deepEqual(topics, ['will.first', 'will.third'])
    })

    it('is published as detached before destroyed, in their own orders, also after a clean GOODBYE', async () => {
      const listener = await listening()
      const ends: ((client: WampClient) => void)[] = [
        (client) => client.send([6, {}, 'wamp.close.close_realm']),
        (client) => client.drop(),
      ]
      for (const end of ends) {
        const client = await scene().join()
        await add(client, ['will.a', [1], {}], { scope: 'destroyed' })
        await add(client, ['will.b', [2], {}], { scope: 'detached' })
        await add(client, ['will.c', [3], {}])
        await add(client, ['will.d', [4], {}], { scope: 'detached' })
        end(client)
        assert.deepEqual(
          (await heard(listener, 4)).map((event) => (event as unknown[])[1]),
          [[2], [4], [1], [3]],
        )
      }
    })

    it('is taken back by flush_testaments, which clears its own scope, destroyed by default', async () => {
      const listener = await listening()
      const leaveWith = async (...scopes: (string | undefined)[]): Promise<void> => {
        const client = await scene().join()
        await add(client, ['will.destroyed', [], {}])
        await add(client, ['will.detached', [], {}], { scope: 'detached' })
        for (const scope of scopes) await flush(client, scope)
        client.drop()
      }
      await leaveWith()
      assert.equal((await listener.take(2)).length, 2)
      await leaveWith(undefined)
      assert.deepEqual(await heard(listener, 1), [['will.detached', [], {}]])
      await leaveWith('detached')
      assert.deepEqual(await heard(listener, 1), [['will.destroyed', [], {}]])
      await leaveWith('detached', 'destroyed')
      await leaveWith()
      assert.equal((await listener.take(2)).length, 2)
      assert.deepEqual(await listener.settle(), [])
    })

    it('is added and flushed without a value in the answer, and refused for a bad scope', async () => {
      const client = await scene().join()
      assert.equal(await add(client, ['will.a', [], {}], { scope: 'detached' }), undefined)
      assert.equal(await flush(client, 'detached'), undefined)
      assert.equal(await flush(client), undefined)
      for (const procedure of ['add_testament', 'flush_testaments']) {
        const answer = await client.ask([
          48,
          1,
          {},
          `wamp.session.${procedure}`,
          ['will.a', [], {}],
          { scope: 'for_ever' },
        ])
        assert.deepEqual(answer.slice(0, 5), [8, 48, 1, {}, 'wamp.error.invalid_argument'])
        assert.deepEqual(answer[5], ['scope is "for_ever", it must be one of detached, destroyed'])
      }
    })

    it('is refused where an argument or option is not as it must be', async () => {
      const client = await scene().join()
      const procedure = 'wamp.session.add_testament'
      const cases: [unknown[], Record<string, unknown>, string][] = [
        [[], {}, 'wamp.error.invalid_argument'],
        [[7, [], {}], {}, 'wamp.error.invalid_argument'],
        [['will.a', 'x', {}], {}, 'wamp.error.invalid_argument'],
        [['will.a', [], []], {}, 'wamp.error.invalid_argument'],
        [['will.a'], { publish_options: [] }, 'wamp.error.invalid_argument'],
        [['will.a'], { publish_options: { exclude: 'x' } }, 'wamp.error.invalid_argument'],
        [
          ['will.a'],
          { publish_options: { ppt_scheme: 'wamp' } },
          'wamp.error.feature_not_supported',
        ],
        [['will..a', [], {}], {}, 'wamp.error.invalid_uri'],
        // Nobody may forge the router's own events, not even when it is gone.
        [['wamp.session.on_join', [], {}], {}, 'wamp.error.invalid_uri'],
      ]
      for (const [args, kwargs, uri] of cases) {
        assert.equal(await errorOf(client, procedure, args, kwargs), uri)
      }
      assert.deepEqual(await client.settle(), [])
    })

    it('may hold binary arguments, which reach each subscriber in its own serializer', async () => {
      const listener = await listening()
      const client = await scene().join()
      if (client.format === 'json') return
      const payload = Uint8Array.of(0, 1, 254, 255)
      await add(client, ['will.sealed', [payload], {}])
      client.drop()
      const [[, args]] = (await heard(listener, 1)) as [[string, unknown[]]]
      const expected =
        listener.format === 'json' ? `\0${Buffer.from(payload).toString('base64')}` : payload
      assert.deepEqual(
        args.map((arg) => (typeof arg === 'string' ? arg : Uint8Array.from(arg as Uint8Array))),
        [expected],
      )
    })
  })
}

import assert from 'node:assert/strict'
import { Schemas, type PayloadSchema } from '../../../authorizers/schemas.ts'
import { validated, type PayloadRule } from '../../../authorizers/validated.ts'
import { allowAll } from '../../support/open-router.ts'
import { ownRouter } from './own-router.ts'
import { assertError, type Scene } from './scene.ts'

const schemas: Readonly<Record<string, PayloadSchema>> = {
  switch: {
    args: { type: 'array', prefixItems: [{ type: 'boolean' }], minItems: 1, maxItems: 1 },
    kwargs: {
      type: 'object',
      properties: { fade: { type: 'integer' } },
      additionalProperties: false,
    },
  },
  state: { args: { type: 'array', items: { enum: ['on', 'off'] }, minItems: 1 } },
  percent: { args: { type: 'array', items: { type: 'integer', maximum: 100 } } },
}

const rule = (uri: string, more: Partial<PayloadRule>): PayloadRule => ({
  uri,
  match: 'exact',
  sealed: 'pass',
  ...more,
})

const rules: readonly PayloadRule[] = [
  rule('lamp.', { match: 'prefix', call: 'switch', callResult: 'state', event: 'state' }),
  rule('lamp.free', {}),
  rule('room..dim', {
    match: 'wildcard',
    callResult: 'state',
    callResultProgress: 'percent',
    callError: 'state',
    sealed: 'refuse',
  }),
]

const passthru = (role: string, more: Record<string, boolean> = {}): Record<string, unknown> => ({
  roles: {
    caller: {},
    publisher: {},
    subscriber: {},
    callee: {},
    [role]: { features: { payload_passthru_mode: true, ...more } },
  },
})

/** Payload validation (rfc/text/basic/uri_reference.md, `wamp.error.invalid_argument`). */
export function describeValidation(scene: () => Scene): void {
  describe('a payload for which there is a schema', () => {
    const own = ownRouter(scene, { authorizer: validated(allowAll, rules, new Schemas(schemas)) })

    it('of a call goes to the callee where it fits, else the caller is told with invalid_argument what is wrong, and where', async () => {
      const device = await own().joinOther('device')
      await device.register('lamp.switch')
      const caller = await own().join('caller')
      const wrong: readonly (readonly [unknown[], object, string])[] = [
        [['on'], {}, 'the call does not fit: args/0 must be boolean'],
        [[], {}, 'the call does not fit: args must NOT have fewer than 1 items'],
        [[true], { fade: 'slow' }, 'the call does not fit: kwargs/fade must be integer'],
        [
          [true],
          { colour: 1 },
          'the call does not fit: kwargs must NOT have additional properties',
        ],
      ]
      for (const [i, [args, kwargs, text]] of wrong.entries()) {
        const answer = await caller.ask([48, i + 1, {}, 'lamp.switch', args, kwargs])
        assert.deepEqual(assertError(answer, 48, i + 1, 'wamp.error.invalid_argument'), [text])
      }
      caller.send([48, 9, {}, 'lamp.switch', [true], { fade: 5 }])
      const [type, invocation, , , ...payload] = await device.next()
      assert.deepEqual([type, ...payload], [68, [true], { fade: 5 }])
      device.send([70, invocation, {}, ['on']])
      assert.deepEqual((await caller.next()).slice(3), [['on']])
    })

    it('of a result that does not fit ends the call: the caller is told with invalid_argument', async () => {
      const device = await own().joinOther('device')
      await device.register('lamp.switch')
      const caller = await own().join('caller')
      caller.send([48, 1, {}, 'lamp.switch', [true]])
      const [, invocation] = await device.next()
      device.send([70, invocation, {}, [17]])
      const text = 'the result does not fit: args/0 must be equal to one of the allowed values'
      const answer = await caller.next()
      assert.deepEqual(assertError(answer, 48, 1, 'wamp.error.invalid_argument'), [text])
      device.send([70, invocation, {}, ['on']])
      assert.deepEqual(await device.settle(), [])
      assert.deepEqual(await caller.settle(), [])
    })

    it('of an event goes to nobody where it does not fit; an acknowledged PUBLISH is told so, and any is counted', async () => {
      const device = await own().joinOther('device')
      await device.subscribe('lamp.state')
      const publisher = await own().join('publisher')
      const before = own().realm.misfits
      const answer = await publisher.ask([16, 1, { acknowledge: true }, 'lamp.state', ['dim']])
      const text = 'the event does not fit: args/0 must be equal to one of the allowed values'
      assert.deepEqual(assertError(answer, 16, 1, 'wamp.error.invalid_argument'), [text])
      publisher.send([16, 2, {}, 'lamp.state'])
      publisher.send([16, 3, {}, 'lamp.state', ['off']])
      assert.deepEqual(await publisher.settle(), [])
      const [event, ...rest] = await device.settle()
      assert.deepEqual([event?.[4], rest], [['off'], []])
      assert.equal(own().realm.misfits - before, 2)
    })

    it('of progress and of an ERROR has a schema of its own, and the most specific rule counts alone', async () => {
      const progress = { progressive_call_results: true, call_canceling: true }
      const device = await own().joinOther('device', passthru('callee', progress))
      await device.register('room.hall.dim', 1)
      await device.register('lamp.free', 2)
      const roles = passthru('caller', { progressive_call_results: true })
      const caller = await own().join('caller', roles)
      caller.send([48, 1, { receive_progress: true }, 'room.hall.dim'])
      const [, first] = await device.next()
      device.send([70, first, { progress: true }, [50]])
      assert.deepEqual((await caller.next()).slice(2), [{ progress: true }, [50]])
      device.send([70, first, { progress: true }, [101]])
      assertError(await caller.next(), 48, 1, 'wamp.error.invalid_argument')
      assert.deepEqual(await device.next(), [69, first, { mode: 'killnowait' }])
      caller.send([48, 2, {}, 'room.hall.dim'])
      const [, second] = await device.next()
      device.send([8, 68, second, {}, 'lamp.error.stuck', ['why']])
      const text =
        "the callee's error does not fit: args/0 must be equal to one of the allowed values"
      assert.deepEqual(assertError(await caller.next(), 48, 2, 'wamp.error.invalid_argument'), [
        text,
      ])
      caller.send([48, 3, {}, 'lamp.free', ['anything'], { at: 'all' }])
      assert.deepEqual((await device.next()).slice(4), [['anything'], { at: 'all' }])
    })

    it('is not opened in passthru mode: it passes, or is refused, as the rule says', async () => {
      const device = await own().joinOther('device', passthru('callee'))
      await device.register('lamp.switch', 1)
      await device.register('room.hall.dim', 2)
      const caller = await own().join('caller', passthru('caller'))
      const sealed = { ppt_scheme: 'x_house', ppt_serializer: 'native' }
      caller.send([48, 1, sealed, 'lamp.switch', ['sealed']])
      assert.deepEqual((await device.next()).slice(3), [sealed, ['sealed']])
      const refused = await caller.ask([48, 2, sealed, 'room.hall.dim', ['sealed']])
      assertError(refused, 48, 2, 'wamp.error.invalid_argument')
    })
  })
}

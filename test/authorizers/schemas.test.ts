import assert from 'node:assert/strict'
import { Schemas } from '../../authorizers/schemas.ts'
import { accounted } from '../../authorizers/accounted.ts'
import { validated, type PayloadRule } from '../../authorizers/validated.ts'
import type { AuditEntry } from '../../ecosystems/audit.ts'
import type { Authorizer, Decision } from '../../router/access.ts'
import { Extension } from '../../router/wire/extension.ts'
import { json } from '../../router/wire/json.ts'
import { emptyDict } from '../../router/wire/message.ts'
import { msgpack } from '../../router/wire/msgpack.ts'
import { Payload } from '../../router/wire/payload.ts'
import { principal, request } from './request.ts'

const guest = principal('component', 'guest')

describe('Schemas of payloads', () => {
  const schemas = new Schemas({
    own: { kwargs: { type: 'object', required: ['toString', 'constructor'] } },
    numbers: { args: { type: 'array', items: { type: 'number' } } },
    any: {},
    things: { args: { type: 'array', items: { properties: { on: { type: 'object' } } } } },
    names: { args: { type: 'array', items: { pattern: '^(a+)+$', maxLength: 10 } } },
  })
  const fault = (name: string, payload: Payload): string | undefined =>
    schemas.validation({ event: name }).event?.(payload)

  it('see only what was sent: what every object inherits is no argument', () => {
    const missing = "the event does not fit: kwargs must have required property 'toString'"
    assert.equal(fault('own', Payload.of([], {})), missing)
    assert.equal(fault('own', Payload.of([], { toString: 1, constructor: 1 })), undefined)
  })

  it('take an absent list as empty, and an absent dictionary too', () => {
    assert.equal(fault('numbers', Payload.empty), undefined)
    assert.match(fault('own', Payload.empty) ?? '', /must have required property/)
    assert.equal(fault('any', Payload.of([null], { a: 1 })), undefined)
  })

  it('find fault with what cannot be read', () => {
    const broken = Payload.raw(json, Buffer.from('[1,'), 1)
    assert.equal(fault('numbers', broken), 'the event does not fit: it cannot be read')
  })

  it('take bytes and times, which JSON has not, for no object: they pass where any value does', () => {
    const payload = (thing: unknown): Payload =>
      Payload.raw(msgpack, msgpack.encodeTail({ args: [thing] }), 1)
    const refused = 'the event does not fit: args/0/on must be object'
    for (const foreign of [Buffer.from('x'), new Date(0), new Extension(5, Buffer.alloc(1))]) {
      assert.equal(fault('things', payload({ on: foreign })), refused)
      assert.equal(fault('things', payload({ off: foreign })), undefined)
      assert.equal(fault('things', payload(foreign)), undefined)
    }
    assert.equal(fault('things', payload({ on: {} })), undefined)
    assert.equal(fault('things', Payload.of([{ on: emptyDict }])), undefined)
  })

  it('say what is wrong and where in few words, and repeat no value that was sent', () => {
    const secret = 'x'.repeat(5_000)
    const text = fault('numbers', Payload.of([secret])) ?? ''
    assert.equal(text, 'the event does not fit: args/0 must be number')
    const deep = new Schemas({
      deep: { kwargs: { type: 'object', additionalProperties: { type: 'number' } } },
    })
    const long = deep.validation({ call: 'deep' }).call?.(Payload.of([], { [secret]: 'no' })) ?? ''
    assert.equal(long.length, 200)
  })

  it('look at the length of a text before they look for a pattern in it', () => {
    const startedAt = process.hrtime.bigint()
    assert.match(fault('names', Payload.of([`${'a'.repeat(50_000)}!`])) ?? '', /10 characters/)
    assert.ok(process.hrtime.bigint() - startedAt < 1_000_000_000n)
  })

  it('count for what follows a call, and for progress, where those have none of their own', () => {
    const { call, callProgress, callResult, callResultProgress } = schemas.validation({
      call: 'numbers',
      callResult: 'numbers',
      callResultProgress: 'any',
    })
    assert.equal(callProgress, call)
    assert.notEqual(callResultProgress, callResult)
  })
})

describe('A validated authorizer', () => {
  const schemas = new Schemas({ numbers: { args: { items: { type: 'number' } } } })
  const rule = (uri: string, match: PayloadRule['match'], more = {}): PayloadRule => ({
    uri,
    match,
    sealed: 'pass',
    ...more,
  })
  const decide = (authorizer: Authorizer, ...asked: Parameters<typeof request>): unknown =>
    validated(
      authorizer,
      [rule('lamp.', 'prefix', { call: 'numbers' }), rule('lamp.free', 'exact')],
      schemas,
    )(request(...asked))
  const yes: Decision = { allow: true, until: 7 }

  it('adds to a decision what payloads must be like, by the most specific rule, and changes nothing else of it', async () => {
    const { validate, ...rest } = decide(() => yes, guest, 'call', 'lamp.switch') as Decision
    assert.deepEqual(rest, yes)
    assert.equal(validate?.call?.(Payload.of([1])), undefined)
    assert.match(validate?.call?.(Payload.of(['x'])) ?? '', /must be number/)
    const free = decide(() => yes, guest, 'call', 'lamp.free') as Decision
    assert.equal(free.validate?.call, undefined)
    const later = (await decide(async () => yes, guest, 'publish', 'lamp.switch')) as Decision
    assert.ok(later.validate)
  })

  it('leaves alone what no rule is for, denials, other actions, and what the authorizer has said itself', () => {
    assert.equal(
      decide(() => yes, guest, 'call', 'other'),
      yes,
    )
    const no: Decision = { allow: false }
    assert.equal(
      decide(() => no, guest, 'call', 'lamp.switch'),
      no,
    )
    assert.equal(
      decide(() => yes, guest, 'subscribe', 'lamp.switch'),
      yes,
    )
    const own: Decision = { allow: true, validate: {} }
    assert.equal(
      decide(() => own, guest, 'call', 'lamp.switch'),
      own,
    )
    assert.equal(
      decide(() => undefined, guest, 'call', 'lamp.switch'),
      undefined,
    )
  })

  it('is the authorizer itself where there are no rules', () => {
    const authorizer: Authorizer = () => yes
    assert.equal(validated(authorizer, [], schemas), authorizer)
  })
})

describe('An accounted authorizer', () => {
  it('records who asked for which action on what, allowed or denied, each time that the decision is applied', async () => {
    const records: AuditEntry[] = []
    const trail = {
      record(entry: AuditEntry) {
        records.push(entry)
        return undefined
      },
    }
    const authorize = accounted(({ uri }) => ({ allow: uri === 'a' }), trail)
    const later = accounted(async () => ({ allow: true }), trail)
    for (const decision of [
      authorize(request(guest, 'call', 'a')),
      authorize(request(guest, 'publish', 'b')),
      await later(request(guest, 'register', 'c')),
    ] as Decision[]) {
      assert.ok(decision.record)
      decision.record()
    }
    assert.deepEqual(
      records.map(({ actor, action, target, outcome }) => [actor, action, target, outcome]),
      [
        ['component:guest', 'call', 'a', 'allow'],
        ['component:guest', 'publish', 'b', 'deny'],
        ['component:guest', 'register', 'c', 'allow'],
      ],
    )
    const recorded: Decision = { allow: true, record: () => undefined }
    assert.equal(accounted(() => recorded, trail)(request(guest, 'call', 'a')), recorded)
  })
})

import type { Decision } from '../access.ts'
import type { Broker } from '../broker.ts'
import type { Dealer } from '../dealer.ts'
import type { Gate } from '../gate.ts'
import type { Limits } from '../limits.ts'
import { misfit } from '../misfit.ts'
import { usesPassthru } from '../passthru.ts'
import type { Peer } from '../peer.ts'
import { Testaments, type Testament, type TestamentScope } from '../testaments.ts'
import { WampError } from '../wire/errors.ts'
import { found } from '../wire/found.ts'
import { emptyDict, PUBLISH, type Dict } from '../wire/message.ts'
import { msgpack } from '../wire/msgpack.ts'
import { checkOptions } from '../wire/options.ts'
import { Payload, type PayloadValues } from '../wire/payload.ts'
import { Arguments } from './arguments.ts'

/** What the testament procedures need of their realm. */
export interface TestamentMetaContext {
  readonly broker: Broker
  readonly gate: Gate
  readonly limits: Pick<Limits, 'testaments' | 'testamentBytes'>
}

/**
 * `wamp.session.add_testament` and `wamp.session.flush_testaments` (rfc/text/advanced/pubsub_testament.md), each for
 * the caller's own session. Neither returns a value.
 */
export function serveTestamentMeta(dealer: Dealer, context: TestamentMetaContext): void {
  dealer.serve('wamp.session.add_testament', (caller, values) => add(caller, values, context))
  dealer.serve('wamp.session.flush_testaments', ({ ledger }, values) => {
    ledger.testaments?.take(scopeOf(new Arguments(values)))
  })
}

function add(
  caller: Peer,
  values: PayloadValues,
  context: TestamentMetaContext,
): void | Promise<void> {
  const given = new Arguments(values)
  const topic = given.string(0, 'topic')
  const payload = Payload.of(given.optionalList(1, 'args'), given.optionalDict(2, 'kwargs'))
  const scope = scopeOf(given)
  const options = publishOptions(given, caller)
  const fault = context.broker.checkTopic(topic)
  if (fault !== undefined) throw new WampError('wamp.error.invalid_uri', fault)
  const packed = payload.pack(msgpack)
  const bytes = packed.bytes.length + topic.length + msgpack.encodeTail({ args: [options] }).length
  const testament: Testament = { topic, options, payload: packed, bytes }
  const { gate } = context
  // Who may not publish it now is told at once; when the session ends it is decided again.
  const decision = gate.decide(caller, 'publish', topic, 'exact', options, payload)
  const decided = (right: Decision): void => {
    if (caller.gone) return
    gate.applied(caller, 'publish', topic, right)
    requireRight(right, testament, payload)
    keep(caller, scope, testament, context)
  }
  if (decision instanceof Promise) return decision.then(decided)
  decided(decision)
}

function scopeOf(given: Arguments): TestamentScope {
  const scope = given.keyword('scope') ?? 'destroyed'
  if (scope === 'detached' || scope === 'destroyed') return scope
  const text = `scope is ${found(scope)}, it must be one of detached, destroyed`
  throw new WampError('wamp.error.invalid_argument', text)
}

function publishOptions(given: Arguments, { features }: Peer): Dict {
  const options = given.keywordDict('publish_options') ?? emptyDict
  try {
    checkOptions(PUBLISH, options, 'publish_options')
  } catch (error) {
    throw new WampError('wamp.error.invalid_argument', (error as Error).message, { cause: error })
  }
  if (usesPassthru(options) && !features.has('publisher.payload_passthru_mode')) {
    const text = 'publish_options.ppt_scheme without payload_passthru_mode announced'
    throw new WampError('wamp.error.feature_not_supported', text)
  }
  return options
}

function requireRight(decision: Decision, { topic, options }: Testament, payload: Payload): void {
  if (!decision.allow) {
    const { reason = 'wamp.error.not_authorized', details } = decision
    const text = `publishing ${topic} is not allowed`
    throw new WampError(reason, text, details === undefined ? undefined : { kwargs: details })
  }
  if (decision.disclose === false && options['disclose_me'] === true) {
    const text = 'the realm does not let this publisher disclose itself'
    throw new WampError('wamp.error.option_disallowed.disclose_me', text)
  }
  const { validate } = decision
  const fault =
    validate === undefined ? undefined : misfit(validate, validate.event, payload, options)
  if (fault !== undefined) throw new WampError('wamp.error.invalid_argument', fault)
}

function keep(
  { ledger }: Peer,
  scope: TestamentScope,
  testament: Testament,
  { limits }: TestamentMetaContext,
): void {
  const testaments = (ledger.testaments ??= new Testaments())
  if (testaments.count >= limits.testaments) {
    const text = `more than ${limits.testaments} testaments of one session`
    throw new WampError('wamp.error.unavailable', text)
  }
  if (testaments.bytes + testament.bytes > limits.testamentBytes) {
    const text = `the testaments of one session take more than ${limits.testamentBytes} bytes`
    throw new WampError('wamp.error.unavailable', text)
  }
  testaments.add(scope, testament)
}

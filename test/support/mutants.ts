import { encode } from '@msgpack/msgpack'
import { encode as encodeCbor } from 'cborg'
import type { Random } from './random.ts'
import { allRoles, type Format, type Wire } from './wamp-client.ts'

const models: readonly Wire[] = [
  [1, 'realm1', { roles: allRoles, authid: 'x' }],
  [5, 'signature', {}],
  [6, {}, 'wamp.close.normal'],
  [3, { message: 'x' }, 'wamp.error.x', [1], { a: 1 }],
  [8, 68, 1, {}, 'some.error', ['x']],
  [
    16,
    1,
    { acknowledge: true, exclude: [1], eligible_authid: ['x'] },
    'control.topic',
    [1, 'x'],
    { k: null },
  ],
  [32, 2, { match: 'wildcard' }, 'a..b'],
  [34, 3, 1],
  [48, 4, { disclose_me: true }, 'control.echo', [[[1]], { a: 'ä' }], { k: 1.5 }],
  [49, 4, { mode: 'kill' }],
  [64, 5, { invoke: 'single' }, 'fuzz.procedure'],
  [66, 6, 1],
  [70, 1, { progress: false }, [1]],
]

export const hello: Wire = [1, 'realm1', { roles: allRoles }]

export function write(format: Format, message: unknown): Buffer {
  if (format === 'json') return Buffer.from(JSON.stringify(message))
  return Buffer.from(format === 'msgpack' ? encode(message) : encodeCbor(message))
}

const strangeValues: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 53 + 2,
  '',
  'a..b',
  'x'.repeat(300),
  [],
  {},
  [[]],
  { a: [] },
  48,
  'wamp.x',
  { match: 'exact' },
]

/** Something else in the place of any part of a message. */
function strange(random: Random): unknown {
  return random.pick(strangeValues)
}

/** A message with some of it exchanged, dropped or doubled, or its bytes broken. */
export function mutated(random: Random, format: Format): Buffer {
  const message = structuredClone(random.pick(models))
  const changes = random.below(3)
  for (let i = 0; i < changes; i++) {
    const place = random.below(message.length || 1)
    switch (random.below(4)) {
      case 0:
        message[place] = strange(random)
        break
      case 1:
        message.splice(place, 1)
        break
      case 2:
        message.splice(place, 0, strange(random))
        break
      default:
        message[0] = random.below(90)
    }
  }
  const bytes = write(format, message)
  if (changes > 0 && random.chance(0.5)) return bytes
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length))
    case 1:
      return Buffer.concat([bytes, Buffer.of(random.below(256))])
    case 2:
      return Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)))
    default: {
      const broken = Buffer.from(bytes)
      for (let i = random.below(4); i >= 0; i--)
        broken[random.below(broken.length)] = random.below(256)
      return broken
    }
  }
}

const anyUri = ['a', 'a.b', 'fuzz.x', 'control', 'nobody.here', 'größe.💡', 'a..b', '#', 'wamp.x']
const anyOptions: readonly Record<string, unknown>[] = [
  {},
  { _custom: [1, { a: null }] },
  { acknowledge: true, exclude_me: false },
  { exclude: [], eligible: [1, 2] },
  { match: 'prefix' },
  { match: 'wildcard', invoke: 'roundrobin' },
  { invoke: 'unheard-of', disclose_caller: false },
  { disclose_me: true },
  { timeout: 1, receive_progress: true },
  { retain: true, get_retained: true },
  { mode: 'unheard-of' },
]

/** A message that is well-formed, and of which the router can make nothing good: such a session goes on. */
export function odd(random: Random, format: Format, request: number): Buffer {
  const uri = random.pick(anyUri)
  const options = random.pick(anyOptions)
  const payload = random.chance(0.5)
    ? []
    : [[strange(random), [strange(random)]], { k: strange(random) }]
  const messages: readonly Wire[] = [
    [16, request, options, uri, ...payload],
    [48, request, options, uri, ...payload],
    [32, request, options, uri],
    [34, request, 1 + random.below(9)],
    [64, request, options, `fuzz.${random.below(50)}`],
    [66, request, 1 + random.below(9)],
    [49, 1 + random.below(request), options],
  ]
  return write(format, random.pick(messages))
}

/**
 * What one hostile client sends: messages that it survives, each a little stranger than the last it sent, until one
 * that is broken, of which there are three in a hundred.
 */
export function hostileSession(random: Random, format: Format): Buffer[] {
  const frames: Buffer[] = random.chance(0.95) ? [write(format, hello)] : []
  for (let request = 1; request <= 60; request++) {
    frames.push(random.chance(0.03) ? mutated(random, format) : odd(random, format, request))
  }
  frames.push(write(format, [6, {}, 'wamp.close.normal']))
  return frames
}

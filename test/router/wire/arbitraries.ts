import fc from 'fast-check'
import { shapes } from './oracle.ts'

/** Any value that every serializer can hold, and that reads back as the same. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -0, 2 ** 53, -(2 ** 53), '', '__proto__', 'constructor'),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) - 1n }),
    // A string of U+0000 and base64 is bytes, by the specification.
    fc.string({ unit: 'binary' }).map((text) => text.replace(/^\0/, '')),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc
      .dictionary(fc.oneof(fc.constantFrom('__proto__', 'toString'), fc.string()), tie('value'))
      .map(ordinary),
  ),
})).value

/** With the prototype that everything has that was read. */
function ordinary(dict: Record<string, unknown>): Record<string, unknown> {
  return Object.defineProperties({}, Object.getOwnPropertyDescriptors(dict))
}

const payload = fc.jsonValue({ maxDepth: 3 })
const kinds: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  id: fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  ),
  int: fc.constantFrom(48, 68),
  zero: fc.constant(0),
  realm: fc.constantFrom('realm1', 'größe', null),
  uri: fc.constantFrom('a', 'lamp.switch', 'größe.💡', ''),
  string: fc.string({ maxLength: 5 }),
  list: fc.array(payload, { maxLength: 3 }),
  dict: fc.oneof(
    fc.constant({}),
    fc.dictionary(fc.string({ maxLength: 3 }), payload, { maxKeys: 2 }),
    fc.dictionary(
      fc.constantFrom(
        ...'acknowledge match exclude timeout mode progress caller concurrency trustlevel'.split(
          ' ',
        ),
        ...'ppt_scheme nkey rkey resume-session'.split(' '),
      ),
      fc.constantFrom<unknown>(true, 1, 0, 'prefix', 'kill', [], [1], ['a'], {}, null, 1.5),
      { maxKeys: 2 },
    ),
  ),
}
const wrong = fc.oneof(...Object.values(kinds), payload)

const allShapes = Object.entries(shapes).flatMap(([type, shape]) =>
  shape.split(' | ').map((form): [string, string] => [type, form]),
)

/** The array form of messages: right ones, and some in which one element is wrong, too many or missing. */
export const likelyMessage: fc.Arbitrary<unknown[]> = fc.oneof(
  ...allShapes.map(([type, shape]) => {
    const elements = shape.split(' ').map((kind) => kinds[kind.replace('?', '')] ?? wrong)
    const optional = shape.split('?').length - 1
    return fc
      .tuple(
        fc.tuple(...elements),
        fc.nat({ max: optional }),
        fc.oneof({ arbitrary: fc.constant(0), weight: 9 }, fc.constantFrom(-1, 1)),
        fc.oneof(
          { arbitrary: fc.constant(undefined), weight: 9 },
          fc.tuple(fc.nat({ max: 7 }), wrong),
        ),
      )
      .map(([all, without, excess, swap]): unknown[] => {
        const message = [Number(type), ...all.slice(0, all.length - without + excess)]
        if (excess === 1) message.push(1)
        if (swap !== undefined) message[swap[0] % message.length] = swap[1]
        return message
      })
  }),
)

/** A change of some bytes: where (as a part of the frame's length), what to take away, what to put there. */
interface Mutation {
  readonly at: number
  readonly remove: number
  readonly insert: Uint8Array
}

/** Of values of MessagePack, and of CBOR. */
const firstBytes = '80819091a1c0c1c4cfd4d9dddf181c415f617f9fbfc2d8f7f8f9ff'

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.nat({ max: 3 }),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc
      .constantFrom(
        '[',
        ']',
        '{',
        '}',
        ',',
        ':',
        '"',
        '\\',
        ' ',
        '0',
        '1',
        '.',
        'e',
        '-',
        'null',
        '{}',
        '[]',
      )
      .map((text) => Buffer.from(text)),
    fc.constantFrom(...Buffer.from(firstBytes, 'hex')).map((byte) => Uint8Array.of(byte)),
  ),
})

/** Ways in which a frame may be spoilt, or left as it is. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.oneof(
  fc.constant<Mutation[]>([]),
  fc.array(mutation, { maxLength: 3 }),
)

export function mutate(frame: Uint8Array, changes: readonly Mutation[]): Buffer {
  let bytes = Buffer.from(frame)
  for (const { at, remove, insert } of changes) {
    const start = Math.floor(at * bytes.length)
    bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)])
  }
  return bytes
}

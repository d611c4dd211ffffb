import { WampError } from '../../router/wire/errors.ts'
import type { Dict } from '../../router/wire/message.ts'

/**
 * The input of a procedure from a CALL's arguments: keyword arguments; or one dictionary as the only positional one,
 * for clients that have no keyword arguments at hand; or positional ones for the keys in `positional`.
 * @throws WampError `wamp.error.invalid_argument`
 */
export function inputFrom(
  args: readonly unknown[],
  kwargs: Dict,
  positional: readonly string[],
): Dict {
  const first = args[0]
  const named = args.length === 1 && isDict(first) ? first : undefined
  if (named === undefined && args.length > positional.length)
    throw new WampError(
      'wamp.error.invalid_argument',
      `found ${args.length} positional arguments, allowed is ${
        positional.length === 0
          ? 'none, or one dictionary'
          : `${positional.join(', ')}, or one dictionary`
      }`,
    )
  const entries = [
    ...Object.entries(kwargs),
    ...(named === undefined
      ? args.map((value, index): [string, unknown] => [positional[index] ?? '', value])
      : Object.entries(named)),
  ]
  // Without a prototype, "__proto__" is a key like any other, and is refused like any other unknown one.
  const input = Object.create(null) as Record<string, unknown>
  for (const [key, value] of entries) {
    if (key in input)
      throw new WampError('wamp.error.invalid_argument', `${key}: given twice, allowed is once`)
    input[key] = value
  }
  return input
}

function isDict(value: unknown): value is Dict {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

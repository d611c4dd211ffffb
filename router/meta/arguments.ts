import type { Match } from '../access.ts'
import { WampError } from '../wire/errors.ts'
import { found } from '../wire/found.ts'
import { isId } from '../wire/id.ts'
import type { Dict } from '../wire/message.ts'
import type { PayloadValues } from '../wire/payload.ts'

/**
 * The arguments of a procedure of the router's own, read one by one. What is not as it must be is refused with
 * `wamp.error.invalid_argument`, which names the argument, what was found and what is allowed.
 */
export class Arguments {
  readonly #args: readonly unknown[]
  readonly #kwargs: Dict | undefined

  constructor({ args = [], kwargs }: PayloadValues) {
    this.#args = args
    this.#kwargs = kwargs
  }

  id(at: number, name: string): number {
    const value = this.#args[at]
    return isId(value) ? value : refuse(name, value, 'an id')
  }

  string(at: number, name: string): string {
    const value = this.#args[at]
    return typeof value === 'string' ? value : refuse(name, value, 'a string')
  }

  /** Absent or null: `undefined`. */
  optionalStrings(at: number, name: string): readonly string[] | undefined {
    const value = this.#args[at]
    if (value === undefined || value === null) return undefined
    return isStrings(value) ? value : refuse(name, value, 'a list of strings')
  }

  /** Absent or null: `undefined`. */
  optionalList(at: number, name: string): readonly unknown[] | undefined {
    const value = this.#args[at]
    if (value === undefined || value === null) return undefined
    return Array.isArray(value) ? (value as unknown[]) : refuse(name, value, 'a list')
  }

  /** Absent or null: `undefined`. */
  optionalDict(at: number, name: string): Dict | undefined {
    return dictOf(this.#args[at], name)
  }

  /** `match` of an optional dict of options. */
  match(at: number): Match {
    const match = this.optionalDict(at, 'options')?.['match'] ?? 'exact'
    if (match === 'exact' || match === 'prefix' || match === 'wildcard') return match
    return refuse('options.match', match, 'one of exact, prefix, wildcard')
  }

  /** A keyword argument as it came; null is as good as absent. */
  keyword(name: string): unknown {
    return this.#kwargs?.[name] ?? undefined
  }

  keywordString(name: string): string | undefined {
    const value = this.keyword(name)
    if (value === undefined || typeof value === 'string') return value
    return refuse(name, value, 'a string')
  }

  keywordDict(name: string): Dict | undefined {
    return dictOf(this.keyword(name), name)
  }
}

function dictOf(value: unknown, name: string): Dict | undefined {
  if (value === undefined || value === null) return undefined
  const isPlain =
    typeof value === 'object' &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
  return isPlain ? (value as Dict) : refuse(name, value, 'a dict')
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function refuse(name: string, value: unknown, allowed: string): never {
  const text = `${name} is ${found(value)}, it must be ${allowed}`
  throw new WampError('wamp.error.invalid_argument', text)
}

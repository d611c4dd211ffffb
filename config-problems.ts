import type { Document, LineCounter } from 'yaml'
import { z } from 'zod'
import { secretKeys } from './realms/principal-definition.ts'

/** As much of a JSON Schema as is looked at here. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a dictionary',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

const longestShown = 80

/** Tells what is wrong with a configuration, one line a problem: where, which key, what was found, what is allowed. */
export class ConfigProblems {
  readonly #schema: Schema
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #raw: unknown

  constructor(schema: z.ZodType, document: Document, lines: LineCounter, raw: unknown) {
    this.#schema = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
    this.#document = document
    this.#lines = lines
    this.#raw = raw
  }

  /** The lines of one issue: several where it is about several keys. */
  of(issue: z.core.$ZodIssue): string[] {
    const { path } = issue
    if (issue.code === 'unrecognized_keys') {
      const allowed = Object.keys(this.#schemaAt(path)?.properties ?? {}).join(', ')
      return issue.keys.map((key) =>
        this.#line([...path, key], `is no key: allowed are ${allowed}`),
      )
    }
    const found = valueAt(this.#raw, path)
    const was = found === undefined ? 'is missing' : `was ${shown(found, path.at(-1))}`
    return [this.#line(path, `${was}: ${this.#allowed(issue)}`)]
  }

  #line(path: readonly PropertyKey[], problem: string): string {
    const node: unknown = this.#document.getIn(path, true)
    const range = (node as { range?: [number] } | undefined)?.range
    const line = range === undefined ? '' : `line ${this.#lines.linePos(range[0]).line}: `
    const key = path.length === 0 ? 'the configuration' : path.join('.')
    return `${line}${key} ${problem}`
  }

  #allowed(issue: z.core.$ZodIssue): string {
    switch (issue.code) {
      case 'invalid_type':
        return `allowed is ${typeNames[issue.expected] ?? issue.expected}`
      case 'invalid_value':
        return `allowed is ${issue.values.map(String).join(', ')}`
      case 'too_small':
        return `allowed is ${String(issue.minimum)}${unitOf(issue.origin)} or more`
      case 'too_big':
        return `allowed is at most ${String(issue.maximum)}${unitOf(issue.origin)}`
      case 'invalid_union': {
        const forms = (this.#schemaAt(issue.path)?.anyOf ?? []).map(
          ({ properties = {} }) => `{ ${Object.keys(properties).join(', ')} }`,
        )
        return `allowed is ${forms.join(' or ')}`
      }
      default:
        return issue.message
    }
  }

  #schemaAt(path: readonly PropertyKey[]): Schema | undefined {
    let schema: Schema | undefined = this.#schema
    for (const key of path) {
      schema = typeof key === 'number' ? schema?.items : schema?.properties?.[String(key)]
    }
    return schema
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' in the list' : ''
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key]
  return value
}

/** What was found, but for secrets: a start that fails is often told in a log. Large things by their keys alone. */
function shown(found: unknown, key: PropertyKey | undefined): string {
  if (secretKeys.has(String(key))) return `(a ${String(key)})`
  if (Array.isArray(found)) return found.length === 0 ? 'an empty list' : 'a list'
  if (typeof found === 'object' && found !== null) return `{ ${Object.keys(found).join(', ')} }`
  const text = JSON.stringify(found)
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}…`
}

import { Option, type Command } from 'commander'
import { z } from 'zod'
import type { Procedure } from '../realms/procedure.ts'
import { usage } from './failure.ts'

/** The part of JSON Schema in which inputs of procedures are written. */
interface KeySchema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly anyOf?: readonly KeySchema[]
  /** What all values of a dictionary are. */
  readonly additionalProperties?: KeySchema | boolean
}

/** One key of a procedure's input as the command line has it. */
interface Flag {
  readonly key: string
  readonly schema: KeySchema
  readonly required: boolean
}

/** Gives a command the flags and arguments of a procedure's input. */
export function addFlags(command: Command, procedure: Procedure): void {
  const positional = procedure.cli?.positional ?? []
  const flags = flagsOf(procedure)
  for (const key of positional) {
    const flag = flags.find((candidate) => candidate.key === key)
    const name = dashed(key)
    const description = flag?.schema.description ?? ''
    command.argument(flag?.required === true ? `<${name}>` : `[${name}]`, description)
  }
  for (const flag of flags) {
    if (positional.includes(flag.key)) continue
    command.addOption(optionOf(flag))
    // What is left out stays as it was: without this, what was turned on could not be turned off.
    if (procedure.changes && flag.schema.type === 'boolean')
      command.option(`--no-${dashed(flag.key)}`, 'the opposite')
  }
}

/** The input of a procedure, from what commander has read. Values stay as they are where they do not fit: the procedure says why. */
export function inputOf(
  procedure: Procedure,
  args: readonly (string | undefined)[],
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const positional = procedure.cli?.positional ?? []
  const input: Record<string, unknown> = {}
  for (const { key, schema } of flagsOf(procedure)) {
    const index = positional.indexOf(key)
    const given = index < 0 ? options[camelCased(key)] : args[index]
    if (given === undefined) continue
    input[key] = Array.isArray(given)
      ? isNamed(schema)
        ? named(given.map(String), schema, key)
        : unwrapped(given.map((item) => typed(String(item), schema, key)))
      : typeof given === 'string'
        ? typed(given, schema, key)
        : given
  }
  return input
}

function flagsOf(procedure: Procedure): Flag[] {
  const schema = z.toJSONSchema(procedure.input, { io: 'input', unrepresentable: 'any' })
  const properties = (schema.properties ?? {}) as Readonly<Record<string, KeySchema>>
  return Object.entries(properties).map(([key, keySchema]) => ({
    key,
    schema: keySchema,
    required: schema.required?.includes(key) ?? false,
  }))
}

function optionOf({ key, schema, required }: Flag): Option {
  const isSwitch = schema.type === 'boolean'
  const flag = `--${dashed(key)}`
  const preset = schema.default === undefined ? '' : ` (default: ${JSON.stringify(schema.default)})`
  const choices = schema.enum === undefined ? '' : ` (${schema.enum.map(String).join(', ')})`
  const option = new Option(
    isSwitch ? flag : `${flag} <${placeholderOf(schema)}>`,
    `${schema.description ?? ''}${choices}${preset}`,
  )
  if (isNamed(schema) || schema.anyOf?.some(({ type }) => type === 'array') === true)
    option.argParser((value: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      value,
    ])
  return required ? option.makeOptionMandatory() : option
}

/** Whether it is a dictionary of numbers or words: `name=number`, again and again or with commas between. */
function isNamed({ type, additionalProperties }: KeySchema): boolean {
  return (
    type === 'object' &&
    typeof additionalProperties === 'object' &&
    (additionalProperties.type === 'integer' || additionalProperties.enum !== undefined)
  )
}

/** What stands behind the `=`; which words there are, the procedure says. */
function valueKind({ additionalProperties }: KeySchema): 'number' | 'word' {
  const isNumber =
    typeof additionalProperties === 'object' && additionalProperties.type === 'integer'
  return isNumber ? 'number' : 'word'
}

function named(given: readonly string[], schema: KeySchema, key: string): unknown {
  if (given.length === 1 && given[0]?.startsWith('{') === true) return typed(given[0], schema, key)
  const isNumber = valueKind(schema) === 'number'
  const pairs = given
    .flatMap((text) => text.split(','))
    .map((pair): [string, unknown] => {
      const [, name = '', value = ''] = /^([^=]+)=([^=]+)$/.exec(pair.trim()) ?? []
      if (name === '' || (isNumber && !/^\d+$/.test(value)))
        throw usage(
          `--${dashed(key)}: found ${pair}, allowed is name=${valueKind(schema)}, or JSON`,
        )
      return [name, isNumber ? Number(value) : value]
    })
  return Object.fromEntries(pairs)
}

function placeholderOf(schema: KeySchema): string {
  const { type, enum: choices } = schema
  if (isNamed(schema)) return `name=${valueKind(schema)}`
  if (choices !== undefined) return 'word'
  if (type === 'integer' || type === 'number') return 'number'
  return type === 'object' || type === 'array' ? 'json' : 'text'
}

function typed(text: string, { type }: KeySchema, key: string): unknown {
  if (type === 'integer' || type === 'number')
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (type !== 'object' && type !== 'array') return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw usage(`--${dashed(key)}: found ${text}, allowed is JSON`)
  }
}

/** What may be one or many is one where one was given. */
function unwrapped(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values
}

function dashed(key: string): string {
  return key.replaceAll('_', '-')
}

/** As commander names the option's value. */
function camelCased(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}

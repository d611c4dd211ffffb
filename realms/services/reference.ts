import { z } from 'zod'
import type { Procedure } from '../procedure.ts'
import { catalogue } from './catalogue.ts'

interface Property {
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Property[]
}

/** The reference of all procedures as a page, made from what they themselves say. */
export function reference(): string {
  return [
    '# Procedures',
    '',
    'Everything Latchkey does is a WAMP procedure; the command line is a client of them. This page is made from the',
    'procedures themselves (`npm run reference`).',
    '',
    'Input goes as keyword arguments, or as one dictionary; the result is one dictionary, the first positional result.',
    'The command is the same noun and verb: `latchkey.grant.create` is `latchkey grant create`. Errors:',
    '[ERRORS.md](ERRORS.md).',
    '',
    ...catalogue.flatMap(section),
  ].join('\n')
}

function section(procedure: Procedure): string[] {
  const { uri, summary, right, input, cli } = procedure
  const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })
  const required = new Set(schema.required)
  const rows = Object.entries(schema.properties ?? {}).map(
    ([key, property]) =>
      `| \`${key}\` | ${required.has(key) ? 'yes' : ''} | ${cell((property as Property).description ?? '')} |`,
  )
  return [
    `## \`${uri}\``,
    '',
    `${summary} Right: ${right.name}.${cli?.hidden === true ? ' For programs: there is no command.' : ''}`,
    '',
    ...(rows.length === 0 ? [] : ['| input | needed | |', '| --- | --- | --- |', ...rows, '']),
  ]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

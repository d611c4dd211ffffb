import { visible } from './terminal.ts'

type Row = Readonly<Record<string, unknown>>

const gap = '  '

/** How a result is to look; see `CommandLine`. */
export interface Layout {
  readonly columns?: readonly string[]
  readonly lines?: readonly string[]
}

/** A result as lines for people: values by name, then some lists line by line, then lists of rows as tables. */
export function linesOf(result: Row, { columns, lines: itemized = [] }: Layout = {}): string[] {
  const entries = Object.entries(result)
  const isAlone = entries.length === 1
  const tables = entries.filter(([, value]) => isRows(value) || (isAlone && isEmpty(value)))
  const lists = entries.filter(([key]) => itemized.includes(key))
  const values = entries.filter((entry) => !tables.includes(entry) && !lists.includes(entry))
  const lines = aligned(values.map(([key, value]) => [key, cell(key, value)]))
  for (const [key, value] of [...lists, ...tables]) {
    if (lines.length > 0) lines.push('', key)
    const items = value as readonly unknown[]
    if (items.length === 0) lines.push(`no ${key}`)
    else if (isRows(value)) lines.push(...table(value as readonly Row[], columns))
    else lines.push(...items.map((item) => cell(key, item)))
  }
  return lines
}

/** Rows under a line of headings. */
export function table(rows: readonly Row[], columns?: readonly string[]): string[] {
  const keys = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const shown = keys.filter((key) => rows.some((row) => row[key] !== undefined))
  return aligned([
    shown.map((key) => key.toUpperCase()),
    ...rows.map((row) => shown.map((key) => cell(key, row[key]))),
  ])
}

function isRows(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item))
  )
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [index, text] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, text.length)
  return rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join(gap)
      .trimEnd(),
  )
}

function cell(key: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number')
    return key === 'at' || key.endsWith('_at') ? new Date(value).toISOString() : String(value)
  if (typeof value === 'string') return visible(value.replaceAll('\n', ' '))
  if (Array.isArray(value)) return value.map((item) => inner(item)).join(', ') || '-'
  return (
    Object.entries(value)
      .map(([name, item]) => `${visible(name)}: ${inner(item)}`)
      .join(', ') || '-'
  )
}

/** A value within a list: of a dictionary the values alone, as their names would be said again and again. */
function inner(value: unknown): string {
  if (typeof value !== 'object' || value === null) return visible(String(value))
  const values = Object.values(value)
  return values.every((item) => typeof item !== 'object')
    ? values.map((item) => visible(String(item))).join(' ')
    : visible(JSON.stringify(value))
}

import { visible } from './terminal.ts'

type Row = Readonly<Record<string, unknown>>

const gap = '  '

/** A result as lines for people: values by name, lists of values line by line, lists of rows as tables. */
export function linesOf(result: Row, columns?: readonly string[]): string[] {
  const entries = Object.entries(result)
  const tables = entries.filter(([, value]) => isRows(value))
  const lists = entries.filter(([, value]) => Array.isArray(value) && !isRows(value))
  const values = entries.filter(([, value]) => !Array.isArray(value))
  const lines = aligned(values.map(([key, value]) => [key, cell(key, value)]))
  for (const [key, value] of lists) {
    if (entries.length > 1 && lines.length > 0) lines.push('', key)
    const items = value as readonly unknown[]
    lines.push(...(items.length === 0 ? [`no ${key}`] : items.map((item) => cell(key, item))))
  }
  for (const [key, value] of tables) {
    if (lines.length > 0) lines.push('', key)
    lines.push(...table(value as readonly Row[], columns))
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
  if (Array.isArray(value))
    return value.length === 0 ? '-' : value.map((item) => inner(item)).join(', ')
  return inner(value)
}

function inner(value: unknown): string {
  if (typeof value !== 'object' || value === null) return visible(String(value))
  const values = Object.values(value)
  return values.every((item) => typeof item !== 'object')
    ? values.map((item) => visible(String(item))).join(' ')
    : visible(JSON.stringify(value))
}

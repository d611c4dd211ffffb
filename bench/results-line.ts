import type { BenchRecord } from './results.ts'

/** With what each line begins: so one is known that was not written to its end. */
const begin = '{"kind":"'

/** What a line of a results file says; undefined when it is none that the bench wrote. */
export function recordIn(line: string): BenchRecord | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  return isRecord(value) ? value : undefined
}

/** What a run that was killed leaves at the end of the file. */
export function isUnfinished(line: string): boolean {
  return begin.startsWith(line.slice(0, begin.length)) && recordIn(line) === undefined
}

function isRecord(value: unknown): value is BenchRecord {
  if (!isObject(value) || typeof value['run'] !== 'string') return false
  const areTexts = (...keys: readonly string[]): boolean =>
    keys.every((key) => typeof value[key] === 'string')
  switch (value['kind']) {
    case 'run':
      return (
        areTexts('command', 'commit', 'machine') &&
        isObject(value['versions']) &&
        isObject(value['missing'])
      )
    case 'measurement':
      return (
        areTexts('row', 'variant') &&
        Number.isInteger(value['round']) &&
        isObject(value['measurement'])
      )
    case 'micro':
      return Array.isArray(value['outcomes'])
    default:
      return false
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

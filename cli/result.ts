import { linesOf, type Layout } from './table.ts'
import { jsonLine, type Terminal } from './terminal.ts'

/** Prints what a procedure of management answered: a dictionary, as JSON or as lines for people. */
export function printResult(
  result: unknown,
  json: boolean,
  terminal: Terminal,
  layout: Layout = {},
): void {
  if (json || typeof result !== 'object' || result === null || Array.isArray(result))
    return terminal.out(jsonLine(result))
  for (const line of linesOf(result as Readonly<Record<string, unknown>>, layout))
    terminal.out(line)
}

/** The one value of a result as it is; of several, or of named ones, all of them. */
export function payloadValue(
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): unknown {
  if (Object.keys(kwargs).length > 0) return { args, kwargs }
  return args.length > 1 ? { args, kwargs } : (args[0] ?? null)
}

import { parseArgs } from 'node:util'

/** What docs/SECURITY.md promises. */
const permissionParts = ['decisions', 'joins', 'revocation', 'disabling'] as const
export type PermissionPart = (typeof permissionParts)[number]
export type Part = 'micro' | PermissionPart | 'macro'
/** In the order in which they run. */
export const parts: readonly Part[] = ['micro', ...permissionParts, 'macro']

export function isPermissionPart(part: Part): part is PermissionPart {
  return (permissionParts as readonly Part[]).includes(part)
}

/** What the command was asked for. */
export interface Arguments {
  /** `measure` these parts, `compare` with another revision, write the page again (`table`), or tell how it goes. */
  readonly does: 'measure' | 'compare' | 'table' | 'help'
  readonly parts: readonly Part[]
  /** Absent: all of them, or what a comparison takes by itself. */
  readonly rows?: readonly string[]
  readonly rounds?: number
  readonly seconds?: number
  readonly compare?: string
  /** A built tree to measure instead of this one, which is built first. */
  readonly tree?: string
  /** File of the results, and page for the tables, instead of the usual ones. */
  readonly results?: string
  readonly page?: string
}

/** What was typed, or the environment names, is not what is allowed: told in one line, with exit code 2. */
export class ArgumentError extends Error {}

export const usage = `npm run bench -- [PART…] [options]

Measures what is promised in numbers, and ends with 1 when a promise is not kept.

Parts (all, when none is named):
  micro        pieces of the hot path in memory, as ratios
  decisions joins revocation disabling
               what docs/SECURITY.md promises
  macro        the router beside others; needs WAMP_BENCH, the folder of the load generator and its peers
  table        measures nothing: writes the tables of docs/PERFORMANCE.md again from what was measured

Options:
  --rows A,B     macro, --compare: these rows only
  --rounds N     macro, --compare: so many instead of what each row asks for
  --seconds S    macro, --compare: of each measurement
  --compare REV  this tree against another revision of it, round by round
  --tree FOLDER  macro: another tree, as it is built, instead of this one, which is built first
  --results FILE instead of .cache/bench/results.jsonl
  --page FILE    instead of docs/PERFORMANCE.md
  --help`

/**
 * Reads the arguments of the command.
 * @param rowKeys the rows that there are
 * @throws ArgumentError which names what was found and what is allowed
 */
export function readArguments(argv: readonly string[], rowKeys: readonly string[]): Arguments {
  const { values, positionals } = parsed(argv)
  if (values.help === true) return { does: 'help', parts: [] }
  const isTable = positionals.includes('table')
  const named = positionals.filter((word) => word !== 'table')
  const allowed: readonly string[] = parts
  const unknown = named.filter((word) => !allowed.includes(word))
  if (unknown.length > 0)
    throw new ArgumentError(
      `found ${unknown.join(', ')}; allowed are ${parts.join(', ')} and table`,
    )
  if (isTable && (named.length > 0 || values.compare !== undefined))
    throw new ArgumentError('table: found with something to measure; it goes alone')
  if (values.compare !== undefined && named.length > 0)
    throw new ArgumentError(`--compare: found with ${named.join(', ')}; it goes with --rows`)
  const chosen = named.length === 0 ? parts : parts.filter((part) => named.includes(part))
  const narrowing = (['rows', 'rounds', 'seconds'] as const).find(
    (key) => values[key] !== undefined,
  )
  const measuresMacro = !isTable && values.compare === undefined && chosen.includes('macro')
  if (narrowing !== undefined && values.compare === undefined && !measuresMacro)
    throw new ArgumentError(`--${narrowing}: goes with macro or --compare`)
  if (values.tree !== undefined && !measuresMacro)
    throw new ArgumentError('--tree: goes with macro')
  const kept = (['results', 'page'] as const).find((key) => values[key] !== undefined)
  if (kept !== undefined && values.compare !== undefined)
    throw new ArgumentError(`--${kept}: found with --compare, which writes none`)
  const { rows, rounds, seconds, compare, tree, results, page } = values
  return {
    does: isTable ? 'table' : compare === undefined ? 'measure' : 'compare',
    parts: chosen,
    ...(rows !== undefined && { rows: rowsIn(rows, rowKeys) }),
    ...(rounds !== undefined && { rounds: numberIn('rounds', rounds, 1, 1_000, true) }),
    ...(seconds !== undefined && { seconds: numberIn('seconds', seconds, 0.1, 3_600, false) }),
    ...(compare !== undefined && { compare }),
    ...(tree !== undefined && { tree }),
    ...(results !== undefined && { results }),
    ...(page !== undefined && { page }),
  }
}

function parsed(argv: readonly string[]) {
  const string = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rows: string,
        rounds: string,
        seconds: string,
        compare: string,
        tree: string,
        results: string,
        page: string,
        help: { type: 'boolean' },
      },
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('ERR_PARSE_ARGS_') !== true) throw error
    throw new ArgumentError(message.replaceAll('\n', ' '), { cause: error })
  }
}

function rowsIn(text: string, rowKeys: readonly string[]): readonly string[] {
  const keys = text.split(',')
  const unknown = keys.filter((key) => !rowKeys.includes(key))
  if (unknown.length > 0)
    throw new ArgumentError(
      `--rows: found ${unknown.map((key) => key || 'nothing').join(', ')}; allowed are ${rowKeys.join(', ')}`,
    )
  return rowKeys.filter((key) => keys.includes(key))
}

function numberIn(
  key: string,
  text: string,
  least: number,
  most: number,
  isWhole: boolean,
): number {
  const value = Number(text)
  const isNumber = text.trim() !== '' && (isWhole ? Number.isInteger(value) : !Number.isNaN(value))
  if (!isNumber || value < least || value > most)
    throw new ArgumentError(
      `--${key}: found ${text}; allowed is a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`,
    )
  return value
}

/** `npm run bench`: measures what the product promises, and exits with 1 when a promise is not kept. */
import { join } from 'node:path'
import { ArgumentError, readArguments, usage, type Arguments } from './arguments.ts'
import { build } from './build.ts'
import { reportsOf } from './macro/report.ts'
import { rows } from './macro/rows.ts'
import { measureRows } from './macro/run.ts'
import { tablesOf } from './macro/tables.ts'
import { writePage } from './page.ts'
import { isPermissionPart, measurePermission } from './permission/parts.ts'
import { Results } from './results.ts'

const root = join(import.meta.dirname, '..')
const argv = process.argv.slice(2)

async function main(): Promise<number> {
  const asked = readArguments(
    argv,
    rows.map(({ key }) => key),
  )
  const results = new Results(asked.results ?? join(root, '.cache/bench/results.jsonl'))
  switch (asked.does) {
    case 'help':
      console.log(usage)
      return 0
    case 'table':
      await writeTables(asked, results)
      return 0
    default:
      return (await measureParts(asked, results)) ? 0 : 1
  }
}

async function measureParts(asked: Arguments, results: Results): Promise<boolean> {
  let isKept = true
  const permission = asked.parts.filter(isPermissionPart)
  if (permission.length > 0) isKept = await measurePermission(permission)
  if (!asked.parts.includes('macro')) return isKept
  const wampBench = process.env.WAMP_BENCH
  if (wampBench === undefined || wampBench === '') {
    console.log('macro is left out: WAMP_BENCH does not name the folder of its load generator.')
    return isKept
  }
  const { rounds, seconds, tree } = asked
  if (tree === undefined) await build(root)
  const areKept = await measureRows({
    root,
    tree: tree ?? root,
    wampBench,
    rows: rows.filter(({ key }) => asked.rows?.includes(key) ?? true),
    ...(rounds !== undefined && { rounds }),
    ...(seconds !== undefined && { seconds }),
    command: ['npm run bench --', ...argv].join(' '),
    results,
    say: (line) => console.log(line),
  })
  await writeTables(asked, results)
  return isKept && areKept
}

async function writeTables({ page }: Arguments, results: Results): Promise<void> {
  const file = page ?? join(root, 'docs/PERFORMANCE.md')
  await writePage(file, tablesOf(reportsOf(rows, await results.all())))
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(130))

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof ArgumentError ? error.message : error)
  process.exitCode = error instanceof ArgumentError ? 2 : 1
}

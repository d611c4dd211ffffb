/**
 * `npm run bench`: measures what the product promises, and exits with 1 when a promise is not kept. Each part is loaded
 * when it is asked for: some bring the whole server.
 */
import { join, relative, resolve } from 'node:path'
import {
  ArgumentError,
  isPermissionPart,
  readArguments,
  usage,
  type Arguments,
} from './arguments.ts'
import { commandOf } from './command.ts'
import { rows } from './macro/rows.ts'
import { checkPage, writePage } from './page.ts'
import { Results } from './results.ts'
import { runRecord } from './run-record.ts'
import { missingFrom, tablesOf } from './tables.ts'

const root = join(import.meta.dirname, '..')
const argv = process.argv.slice(2)
/** Folder of the load generator and the other routers. */
const wampBench = process.env.WAMP_BENCH === '' ? undefined : process.env.WAMP_BENCH

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
      await writePage(pageOf(asked), tablesOf(rows, await results.some()))
      return 0
    case 'compare':
      return (await compareWith(asked)) ? 0 : 1
    case 'measure':
      return (await measureParts(asked, results)) ? 0 : 1
  }
}

const say = (line: string): void => console.log(line)
const command = commandOf(argv)
const pageOf = ({ page }: Arguments): string => page ?? join(root, 'docs/PERFORMANCE.md')

async function measureParts(asked: Arguments, results: Results): Promise<boolean> {
  const isKeptInFile = asked.parts.some((part) => !isPermissionPart(part))
  if (isKeptInFile) {
    await checkPage(pageOf(asked))
    await results.prepare()
  }
  if (asked.tree !== undefined) await (await import('./macro/tree.ts')).checkTree(asked.tree)
  if (asked.parts.includes('macro')) await prepareGenerator()
  if (asked.parts.includes('micro')) {
    const { measureMicro } = await import('./micro/run.ts')
    const record = runRecord(root, command)
    const outcomes = await measureMicro(root, say)
    await results.add(record)
    await results.add({ kind: 'micro', run: record.run, outcomes })
  }
  const permission = asked.parts.filter(isPermissionPart)
  let isKept = true
  if (permission.length > 0) {
    const { measurePermission } = await import('./permission/parts.ts')
    isKept = await measurePermission(permission)
  }
  if (asked.parts.includes('macro')) isKept = (await measureMacro(asked, results)) && isKept
  if (isKeptInFile) await tellPage(asked, results)
  return isKept
}

/** Before anything is measured: what is wrong with WAMP_BENCH is not told after hours. */
async function prepareGenerator(): Promise<void> {
  if (wampBench === undefined) return
  const { checkWampBench } = await import('./macro/wamp-bench.ts')
  const { buildGenerator, generatorIn } = await import('./macro/generator.ts')
  await checkWampBench(wampBench)
  await buildGenerator(wampBench, generatorIn(root))
}

/** The page is not overwritten by less than all: what is on it can have been measured elsewhere. */
async function tellPage(asked: Arguments, results: Results): Promise<void> {
  const records = await results.all()
  const missing = missingFrom(rows, records)
  if (missing.length === 0) await writePage(pageOf(asked), tablesOf(rows, records))
  else
    say(
      `${relative(root, pageOf(asked))} is left as it is, as ${missing.join(', ')} were never measured here; npm run bench -- table writes what there is.`,
    )
}

async function measureMacro(asked: Arguments, results: Results): Promise<boolean> {
  if (wampBench === undefined) {
    say('macro is left out: WAMP_BENCH does not name the folder of its load generator and peers.')
    // Who asked for it alone is not to take nothing for a promise kept.
    return asked.parts.length > 1
  }
  const { rounds, seconds, tree } = asked
  const { build } = await import('./build.ts')
  if (tree === undefined) await build(root)
  const { measureRows } = await import('./macro/run.ts')
  return measureRows({
    root,
    // Its router is started somewhere else.
    tree: tree === undefined ? root : resolve(tree),
    wampBench,
    rows: rows.filter(({ key }) => asked.rows?.includes(key) ?? true),
    ...(rounds !== undefined && { rounds }),
    ...(seconds !== undefined && { seconds }),
    command,
    results,
    say,
  })
}

async function compareWith({ compare: revision, ...asked }: Arguments): Promise<boolean> {
  await prepareGenerator()
  const { compare, usualRows } = await import('./compare/run.ts')
  const keys = asked.rows ?? usualRows
  const { rounds, seconds } = asked
  return compare({
    root,
    revision: revision ?? 'HEAD',
    ...(wampBench !== undefined && { wampBench }),
    rows: rows.filter(({ key }) => keys.includes(key)),
    ...(rounds !== undefined && { rounds }),
    ...(seconds !== undefined && { seconds }),
    say,
  })
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(130))

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof ArgumentError ? error.message : error)
  process.exitCode = error instanceof ArgumentError ? 2 : 1
}

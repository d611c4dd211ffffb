import type { RunTest } from './whole-run.ts'

/** A line of the table in docs/PROTOCOL.md. */
export interface ProtocolRow {
  readonly row: number
  readonly feature: string
  /** `yes` or `no`; whatever else stands there is a fault. */
  readonly works: string
  /** From the root of the project. */
  readonly file: string
  /** The title of the test, as it stands in that file. */
  readonly test: string
}

/** A fault that routers are known for, and the test that fails with it. */
export interface KnownFault {
  readonly fault: string
  readonly file: string
  readonly test: string
}

export interface ProtocolPage {
  readonly rows: readonly ProtocolRow[]
  /** Why a row is `no`. */
  readonly reasons: ReadonlyMap<number, string>
  readonly knownFaults: readonly KnownFault[]
}

/** How many rows there are. */
export const rowCount = 262

/** How many of them must work. */
export const worksAtLeast = 248

/** How many rows one test may serve. */
export const rowsPerTest = 3

/**
 * Rows are lines `| 12 | feature | yes | file | test |`, reasons are lines `- 10, 11: why` under "Rows that are no",
 * faults lines `| fault | file | test |` under "Faults that routers are known for".
 */
export function readProtocolPage(markdown: string): ProtocolPage {
  const rows: ProtocolRow[] = []
  const reasons = new Map<number, string>()
  const knownFaults: KnownFault[] = []
  let section = ''
  for (const line of markdown.split('\n')) {
    if (line.startsWith('#')) section = line.replace(/^#+ /, '')
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.replaceAll('\\|', '|').trim())
    if (/^\d+$/.test(cells[1] ?? '')) {
      const [, row, feature = '', works = '', file = '', test = ''] = cells
      rows.push({ row: Number(row), feature, works, file: unquoted(file), test: unquoted(test) })
    }
    if (section === 'Rows that are no') {
      const [, numbers = '', why = ''] = /^- ([\d, ]+): (.+)$/.exec(line) ?? []
      if (why !== '') for (const number of numbers.split(',')) reasons.set(Number(number), why)
    }
    if (section === 'Faults that routers are known for' && cells.length === 5) {
      const [, fault = '', file = '', test = ''] = cells
      if (file !== 'file' && !/^-+$/.test(file)) {
        knownFaults.push({ fault, file: unquoted(file), test: unquoted(test) })
      }
    }
  }
  return { rows, reasons, knownFaults }
}

function unquoted(cell: string): string {
  return cell.replace(/^`(.*)`$/, '$1')
}

/** How often `source` has a test of this title: `it('title', …`. */
export function testsTitled(title: string, source: string): number {
  let count = 0
  for (const quote of ["'", '"', '`']) {
    const literal = `${quote}${title}${quote}`
    for (let at = source.indexOf(literal); at >= 0; at = source.indexOf(literal, at + 1)) {
      if (/\bit\(\s*$/.test(source.slice(Math.max(0, at - 40), at))) count++
    }
  }
  return count
}

/** A file without tests of its own: its cases are run by the acceptance suite, over each transport and serializer. */
export function isAcceptance(file: string): boolean {
  return /^test\/router\/acceptance\/[\w-]+\.ts$/.test(file)
}

function missingTest(
  file: string,
  test: string,
  sourceOf: (file: string) => string | undefined,
): string | undefined {
  if (!isAcceptance(file) && !/^test\/.+\.test\.ts$/.test(file)) {
    return `"${file}" is no file of tests`
  }
  const source = sourceOf(file)
  if (source === undefined) return `${file} is not there`
  const found = testsTitled(test, source)
  return found === 1 ? undefined : `${file} has ${found} tests "${test}", not one`
}

/**
 * What is wrong with the page as it stands, in words.
 * @param sourceOf the text of a file; `undefined`: there is none
 */
export function faultsOf(
  { rows, reasons, knownFaults }: ProtocolPage,
  sourceOf: (file: string) => string | undefined,
  { count = rowCount, atLeast = worksAtLeast }: { count?: number; atLeast?: number } = {},
): string[] {
  const faults: string[] = []
  for (let row = 1; row <= count; row++) {
    const lines = rows.filter((line) => line.row === row).length
    if (lines !== 1) faults.push(`row ${row} is there ${lines} times, not once`)
  }
  const served = new Map<string, number[]>()
  for (const { row, feature, works, file, test } of rows) {
    if (row > count) faults.push(`row ${row} is none of the ${count}`)
    if (feature === '') faults.push(`row ${row} says no feature`)
    if (works === 'no') {
      if (!reasons.has(row)) faults.push(`row ${row} is no, and there is no reason`)
      continue
    }
    if (works !== 'yes') {
      faults.push(`row ${row} is "${works}", neither yes nor no`)
      continue
    }
    if (reasons.has(row)) faults.push(`row ${row} is yes, and there is a reason why it is not`)
    const key = `${file}: ${test}`
    served.set(key, [...(served.get(key) ?? []), row])
    const missing = missingTest(file, test, sourceOf)
    if (missing !== undefined) faults.push(`row ${row}: ${missing}`)
  }
  for (const { fault, file, test } of knownFaults) {
    const missing = missingTest(file, test, sourceOf)
    if (missing !== undefined) faults.push(`"${fault}": ${missing}`)
  }
  for (const [test, served_] of served) {
    if (served_.length > rowsPerTest) {
      faults.push(`rows ${served_.join(', ')} share one test, ${test}: at most ${rowsPerTest} may`)
    }
  }
  const working = rows.filter(({ works }) => works === 'yes').length
  if (working < atLeast) faults.push(`${working} rows are yes, ${atLeast} must be`)
  return faults
}

/**
 * What the run did not show: rows, and faults. A case of the acceptance suite must have passed each time it was run.
 * @param complete all tests were to run. If not, the page is held only to those that did
 */
export function unshownBy(
  { rows, knownFaults }: ProtocolPage,
  run: readonly RunTest[],
  complete: boolean,
): string[] {
  const unshown: string[] = []
  const look = (what: string, file: string, test: string): void => {
    const tests = run.filter(
      (one) => one.title === test && (isAcceptance(file) || one.file === file),
    )
    const failed = tests.filter(({ state }) => state === 'failed').length
    const passed = tests.filter(({ state }) => state === 'passed').length
    if (failed > 0) unshown.push(`${what}: "${test}" failed ${failed} times`)
    else if (complete && tests.length === 0) unshown.push(`${what}: "${test}" is not in the run`)
    else if (complete && passed < tests.length) {
      unshown.push(`${what}: "${test}" ran ${passed} of ${tests.length} times`)
    }
  }
  for (const { row, works, file, test } of rows) {
    if (works === 'yes') look(`row ${row}`, file, test)
  }
  for (const { fault, file, test } of knownFaults) look(`"${fault}"`, file, test)
  return unshown
}

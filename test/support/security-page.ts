import type { RunTest } from './whole-run.ts'

/** A line of the table of requirements in docs/SECURITY.md. */
export interface RequirementRow {
  /** `R01` to `R54`. */
  readonly id: string
  readonly sentence: string
  /** `built`, or `later: why`. */
  readonly stands: string
}

export const requirementCount = 54

/** Lines `| R01 | sentence | built |`. */
export function readSecurityPage(markdown: string): RequirementRow[] {
  return markdown.split('\n').flatMap((line) => {
    const [, id = '', sentence = '', stands = ''] = line.split('|').map((cell) => cell.trim())
    return /^R\d{2}$/.test(id) ? [{ id, sentence, stands }] : []
  })
}

/** What is wrong with the page as it stands, in words. */
export function faultsOf(
  rows: readonly RequirementRow[],
  files: readonly { readonly path: string; readonly source: string }[],
  count: number = requirementCount,
): string[] {
  const faults: string[] = []
  const ids = Array.from({ length: count }, (_, i) => `R${String(i + 1).padStart(2, '0')}`)
  for (const id of ids) {
    const times = rows.filter((row) => row.id === id).length
    if (times !== 1) faults.push(`${id} is there ${times} times, not once`)
  }
  for (const { id, sentence, stands } of new Map(rows.map((row) => [row.id, row])).values()) {
    if (!ids.includes(id)) faults.push(`${id} is none of the ${count}`)
    if (sentence === '') faults.push(`${id} says nothing`)
    const isBuilt = stands === 'built'
    if (!isBuilt && !/^later\b/.test(stands))
      faults.push(`${id} stands "${stands}": allowed is built, or later with a reason`)
    const hasTests = files.some(
      ({ path, source }) =>
        fileOf(path) === id && new RegExp(`\\bit\\(\\s*['"\`]${id}: `).test(source),
    )
    if (isBuilt && !hasTests) faults.push(`${id} is built, and no test is named by it`)
    if (!isBuilt && hasTests) faults.push(`${id} has tests, and is "${stands}"`)
  }
  return faults
}

/** What is claimed and was not shown by this run. */
export function unshownBy(
  rows: readonly RequirementRow[],
  tests: readonly RunTest[],
  isWhole: boolean,
): string[] {
  const unshown: string[] = []
  for (const { id, stands } of rows) {
    if (stands !== 'built') continue
    const own = tests.filter(
      ({ file, title }) => fileOf(file) === id && title.startsWith(`${id}: `),
    )
    if (isWhole && own.length === 0) unshown.push(`${id}: none of its tests ran`)
    for (const { title, state } of own)
      if (state === 'passed' ? false : isWhole || state !== undefined)
        unshown.push(`${title}: ${state ?? 'did not run'}`)
  }
  return unshown
}

/** The id that a file of tests is named by. */
function fileOf(path: string): string | undefined {
  return /^test\/requirements\/(r\d{2})-[\w-]+\.test\.ts$/.exec(path)?.[1]?.toUpperCase()
}

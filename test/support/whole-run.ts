import { relative, sep } from 'node:path'
import type { Suite } from 'mocha'

/** A test as mocha has run it. */
export interface RunTest {
  /** From the root of the project. */
  readonly file: string
  readonly title: string
  readonly state: 'passed' | 'failed' | 'pending' | undefined
}

/** Whether the command line leaves tests out: names files, or a part of their titles. */
export function isPartial(args: readonly string[]): boolean {
  return args.some(
    (arg) =>
      /^(-g|-f|--grep|--fgrep)(=|$)/.test(arg) ||
      (/\.test\.[cm]?ts$/.test(arg) && !arg.includes('**')) ||
      /^(-i|--invert|--spec|--ignore|--exclude)(=|$)/.test(arg),
  )
}

/** Has the suite of this title run behind all others, as what it asks can be answered only then. Returns all suites. */
export function putLast(run: Suite | undefined, title: string): Suite | undefined {
  const suites = run?.suites ?? []
  const at = suites.findIndex((suite) => suite.title === title)
  suites.push(...suites.splice(at, 1))
  return run
}

/** All tests of a run, with files relative to `root`. */
export function testsOf(run: Suite | undefined, root: string): RunTest[] {
  const tests: RunTest[] = []
  run?.eachTest(({ title, state, file }) => {
    tests.push({ file: relative(root, file ?? '').replaceAll(sep, '/'), title, state })
  })
  return tests
}

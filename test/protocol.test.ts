import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from 'mocha'
import {
  faultsOf,
  readProtocolPage,
  rowsPerTest,
  testsTitled,
  unshownBy,
} from './support/protocol-page.ts'
import { isPartial, putLast, testsOf, type RunTest } from './support/whole-run.ts'

const root = join(import.meta.dirname, '..')
const page = readProtocolPage(readFileSync(join(root, 'docs/PROTOCOL.md'), 'utf8'))

function sourceOf(file: string): string | undefined {
  const path = join(root, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

let run: Suite | undefined

before(function () {
  run = putLast(this.test?.parent, 'docs/PROTOCOL.md')
})

describe('docs/PROTOCOL.md', () => {
  it('has each row once, with the test that shows it, or the reason why it is not there', () => {
    assert.deepEqual(faultsOf(page, sourceOf), [])
  })

  it('says yes only where the test ran and passed, over each transport and serializer', () => {
    assert.deepEqual(unshownBy(page, testsOf(run, root), !isPartial(process.argv.slice(2))), [])
  })
})

describe('the check of docs/PROTOCOL.md', () => {
  const lines = (...rows: string[]): string =>
    ['| row | feature | yes/no | file | test |', '|--|--|--|--|--|', ...rows].join('\n')
  const source = "it('does so', () => 1)\nit('does so twice', a)\nit(\n  'does so twice', b)"
  const sources = (file: string): string | undefined =>
    ['test/a.test.ts', 'test/router/acceptance/b.ts', 'router/a.ts'].includes(file)
      ? source
      : undefined
  const faults = (markdown: string, atLeast = 0): string[] =>
    faultsOf(readProtocolPage(markdown), sources, { count: 2, atLeast })
  const good = '| 1 | one | yes | `test/a.test.ts` | does so |'
  const absent = '| 2 | two \\| 2 | no | – | – |'
  const reasons = '## Rows that are no\n\n- 2: nobody asks for it'

  it('takes a table that is whole', () => {
    const markdown = lines(good, absent, '', reasons)
    assert.deepEqual(faults(markdown, 1), [])
    assert.equal(readProtocolPage(markdown).rows[1]?.feature, 'two | 2')
  })

  it('finds a row that is missing, twice there, or none of them', () => {
    assert.deepEqual(faults(lines(good)), ['row 2 is there 0 times, not once'])
    assert.deepEqual(faults(lines(good, absent, absent, reasons)), [
      'row 2 is there 2 times, not once',
    ])
    const third = good.replace('1', '3')
    assert.deepEqual(faults(lines(good, absent, third, reasons)), ['row 3 is none of the 2'])
  })

  it('finds a no without a reason, a yes with one, and what is neither', () => {
    assert.deepEqual(faults(lines(good, absent)), ['row 2 is no, and there is no reason'])
    const elsewhere = '- 2: not under its heading'
    assert.deepEqual(faults(lines(good, absent, elsewhere)), [
      'row 2 is no, and there is no reason',
    ])
    const doubtful = reasons.replace('- 2:', '- 1, 2:')
    assert.deepEqual(faults(lines(good, absent, doubtful)), [
      'row 1 is yes, and there is a reason why it is not',
    ])
    const maybe = absent.replace('no', 'partly')
    assert.deepEqual(faults(lines(good, maybe)), ['row 2 is "partly", neither yes nor no'])
  })

  it('finds a test that is not in its file, or not alone of its name, and what is no test file', () => {
    const row = (file: string, test: string): string[] =>
      faults(lines(good, `| 2 | two | yes | ${file} | ${test} |`))
    assert.deepEqual(row('test/router/acceptance/b.ts', 'does so'), [])
    assert.equal(row('test/a.test.ts', 'does not').length, 1)
    assert.equal(row('test/a.test.ts', 'does so twice').length, 1)
    assert.deepEqual(row('test/c.test.ts', 'does so'), ['row 2: test/c.test.ts is not there'])
    assert.equal(row('router/a.ts', 'does so').length, 1)
    assert.equal(row('', '').length, 1)
  })

  it('finds a test that serves too many rows, and too few rows that work', () => {
    const rows = Array.from({ length: rowsPerTest + 1 }, (_, i) => good.replace('1', String(i + 1)))
    const many = { count: rows.length, atLeast: 0 }
    assert.match(
      faultsOf(readProtocolPage(lines(...rows)), sources, many).join(),
      /rows 1, 2, 3, 4 share one test/,
    )
    assert.deepEqual(faultsOf(readProtocolPage(lines(...rows.slice(1))), sources, many), [
      'row 1 is there 0 times, not once',
    ])
    assert.deepEqual(faults(lines(good, absent, reasons), 2), ['1 rows are yes, 2 must be'])
  })

  it('takes a title for a test only where it is one', () => {
    assert.equal(testsTitled('does so', "// it('does so')\nconst a = 'does so'"), 1)
    assert.equal(testsTitled('does so', "const a = 'does so'\nquit('does so')"), 0)
    assert.equal(testsTitled('does so', 'it(`does so`, f)\nit("does so", f)'), 2)
    assert.equal(testsTitled('', "it('', f)"), 1)
  })

  it('finds what failed, did not run, or was left out of the run, and only the first in a part of it', () => {
    const shown = (states: RunTest['state'][], complete = true, file = 'test/a.test.ts'): number =>
      unshownBy(
        readProtocolPage(lines(good)),
        states.map((state) => ({ file, title: 'does so', state })),
        complete,
      ).length
    assert.equal(shown(['passed']), 0)
    assert.equal(shown(['failed']), 1)
    assert.equal(shown([undefined]), 1)
    assert.equal(shown(['passed', undefined]), 1)
    assert.equal(shown(['pending']), 1)
    assert.equal(shown([]), 1)
    assert.equal(shown(['passed'], true, 'test/b.test.ts'), 1)
    assert.equal(shown([], false), 0)
    assert.equal(shown([undefined], false), 0)
    assert.equal(shown(['failed'], false), 1)
  })

  it('asks of a case of the acceptance suite that each of its runs has passed', () => {
    const markdown = lines('| 1 | one | yes | test/router/acceptance/b.ts | does so |')
    const shown = (...states: RunTest['state'][]): number =>
      unshownBy(
        readProtocolPage(markdown),
        states.map((state) => ({
          file: 'test/router/acceptance.test.ts',
          title: 'does so',
          state,
        })),
        true,
      ).length
    assert.equal(shown('passed', 'passed'), 0)
    assert.equal(shown('passed', 'failed'), 1)
    assert.equal(shown('passed', undefined), 1)
    assert.equal(shown(), 1)
  })

  it('holds the known faults to their tests as well', () => {
    const known = (test: string): string =>
      lines(
        good,
        absent,
        '',
        reasons,
        '## Faults that routers are known for',
        '| fault | file | test |',
        '| --- | --- | --- |',
        `| they do not | \`test/a.test.ts\` | ${test} |`,
      )
    assert.deepEqual(faults(known('does so')), [])
    assert.deepEqual(faults(known('does not')), [
      '"they do not": test/a.test.ts has 0 tests "does not", not one',
    ])
    const failed = { file: 'test/a.test.ts', title: 'does so', state: 'failed' } as const
    assert.equal(unshownBy(readProtocolPage(known('does so')), [failed], true).length, 2)
  })

  it('knows a run of everything from a run of a part', () => {
    assert.equal(isPartial([]), false)
    assert.equal(isPartial(['--exit', 'test/**/*.test.ts', '--reporter', 'a.cjs']), false)
    assert.equal(isPartial(['test/page.test.ts']), true)
    assert.equal(isPartial(['test/**/*.test.ts', '--grep', 'a']), true)
    assert.equal(isPartial(['-g', 'a']), true)
  })
})

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from 'mocha'
import { faultsOf, readSecurityPage, unshownBy } from './support/security-page.ts'
import { isPartial, putLast, testsOf, type RunTest } from './support/whole-run.ts'

const root = join(import.meta.dirname, '..')
const page = readSecurityPage(readFileSync(join(root, 'docs/SECURITY.md'), 'utf8'))
const files = readdirSync(join(root, 'test/requirements')).map((name) => ({
  path: `test/requirements/${name}`,
  source: readFileSync(join(root, 'test/requirements', name), 'utf8'),
}))

let run: Suite | undefined

before(function () {
  run = putLast(this.test?.parent, 'docs/SECURITY.md')
})

describe('docs/SECURITY.md', () => {
  it('lists R01 to R54 once each, with a sentence, where it stands, and tests of an outsider where it is built', () => {
    assert.deepEqual(faultsOf(page, files), [])
  })

  it('says built only where every test named by the id ran and passed', () => {
    assert.deepEqual(unshownBy(page, testsOf(run, root), !isPartial(process.argv.slice(2))), [])
  })
})

describe('the check of docs/SECURITY.md', () => {
  const test = (id: string): { path: string; source: string } => ({
    path: `test/requirements/${id.toLowerCase()}-x.test.ts`,
    source: `it('${id}: does so', f)`,
  })
  const markdown = (...rows: string[]): string => rows.join('\n')
  const built = '| R01 | One. | built |'
  const later = '| R02 | Two. | later: sealing |'

  it('takes a table that is whole', () => {
    assert.deepEqual(faultsOf(readSecurityPage(markdown(built, later)), [test('R01')], 2), [])
  })

  it('finds an id that is claimed and has no test, or only a file', () => {
    const page2 = readSecurityPage(markdown(built, later))
    assert.deepEqual(faultsOf(page2, [], 2), ['R01 is built, and no test is named by it'])
    const empty = { path: 'test/requirements/r01-x.test.ts', source: "it('does so', f)" }
    assert.deepEqual(faultsOf(page2, [empty], 2), ['R01 is built, and no test is named by it'])
  })

  it('finds a test of an id that is not claimed', () => {
    const found = faultsOf(readSecurityPage(markdown(built, later)), [test('R01'), test('R02')], 2)
    assert.deepEqual(found, ['R02 has tests, and is "later: sealing"'])
  })

  it('finds ids that are missing, twice there, unknown, or without a sentence', () => {
    const found = faultsOf(
      readSecurityPage(markdown(built, built, '| R09 |  | later |')),
      [test('R01')],
      2,
    )
    assert.deepEqual(found, [
      'R01 is there 2 times, not once',
      'R02 is there 0 times, not once',
      'R09 is none of the 2',
      'R09 says nothing',
    ])
  })

  it('finds what stands nowhere', () => {
    const found = faultsOf(
      readSecurityPage(markdown(built, '| R02 | Two. | maybe |')),
      [test('R01')],
      2,
    )
    assert.deepEqual(found, ['R02 stands "maybe": allowed is built, or later with a reason'])
  })

  it('finds a test that failed or was not run, and asks for one only in a whole run', () => {
    const one = readSecurityPage(built)
    const of = (state: RunTest['state'], file = 'test/requirements/r01-x.test.ts'): RunTest[] => [
      { file, title: 'R01: does so', state },
    ]
    assert.equal(unshownBy(one, of('passed'), true).length, 0)
    assert.equal(unshownBy(one, of('failed'), true).length, 1)
    assert.equal(unshownBy(one, of('pending'), true).length, 1)
    assert.equal(unshownBy(one, of(undefined), true).length, 1)
    assert.equal(unshownBy(one, of('passed', 'test/other.test.ts'), true).length, 1)
    assert.equal(unshownBy(one, [], true).length, 1)
    assert.equal(unshownBy(one, [], false).length, 0)
    assert.equal(unshownBy(one, of('failed'), false).length, 1)
  })
})

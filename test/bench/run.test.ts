import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../bench/macro/child.ts'

const root = join(import.meta.dirname, '../..')

describe('npm run bench', function () {
  this.timeout(60_000)
  let folder: string
  let results: string
  let path: string | undefined
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-bench-'))
    results = join(folder, 'results.jsonl')
    path = process.env.PATH
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function bench(wampBench: string, ...args: readonly string[]) {
    const environment = [
      `WAMP_BENCH=${wampBench}`,
      `PATH=${path}`,
      process.execPath,
      '--import',
      'tsx',
    ]
    const program = [...environment, 'bench/run.ts', ...args]
    const { code, out, err } = await run('env', program, { cwd: root, withinMs: 50_000 })
    return { code, out, err }
  }

  /** Ended with 2 and this one line, and nothing was measured. */
  async function refused(message: RegExp, wampBench: string, ...args: readonly string[]) {
    const { code, out, err } = await bench(wampBench, ...args)
    assert.equal(code, 2, err)
    assert.equal(out, '')
    assert.match(err, message)
    assert.equal(err.indexOf('\n'), err.length - 1, err)
  }

  it('ends with 2 and says what is allowed when it is asked for what there is not', () =>
    refused(/^--rows: found nothing; allowed are rpc, codecs/, '', 'macro', '--rows', 'nothing'))

  it('ends with 2 before it measures when the page is not there', async () => {
    const page = join(folder, 'none.md')
    const told = /^--page: found \S+none\.md \(ENOENT: no such file or directory\); allowed is/
    await refused(told, '', 'micro', '--page', page)
    await writeFile(results, '{"kind":"micro","run":"now","outcomes":[]}\n')
    await refused(told, '', 'table', '--page', page, '--results', results)
  })

  it('ends with 2 before it measures when WAMP_BENCH names no folder of the load generator', async () => {
    const all = ['decisions', 'macro', '--results', results]
    const gone = join(folder, 'gone')
    await refused(/^WAMP_BENCH: found \S+gone \(ENOENT: .+\); allowed is the folder/, gone, ...all)
    const lacks = /^WAMP_BENCH: found \S+, which has no go\.mod, main\.go, peers\/; allowed is/
    await refused(lacks, folder, ...all)
    await refused(lacks, folder, '--compare', 'HEAD')
  })

  it('ends with 2 before it measures when there is no Go for the load generator', async () => {
    const found = await run('bash', ['-c', 'command -v bash'])
    await mkdir(join(folder, 'peers'))
    await symlink(found.out.trim(), join(folder, 'bash'))
    for (const file of ['go.mod', 'main.go']) await writeFile(join(folder, file), '')
    const told = /^PATH: found no go; allowed is one with it/
    path = folder
    await refused(told, folder, 'decisions', 'macro', '--results', results)
    await refused(told, folder, '--compare', 'HEAD')
  })

  it('ends with 2 before it measures when the tree is none', async () => {
    const all = ['decisions', 'macro', '--results', results, '--tree']
    await refused(
      /^--tree: found \S+gone \(ENOENT: .+\); allowed/,
      '',
      ...all,
      join(folder, 'gone'),
    )
    await mkdir(join(folder, 'tree'))
    const lacks = /^--tree: found \S+tree, which has no dist\/cli\.js, bench\/open\.yaml; allowed/
    await refused(lacks, '', ...all, join(folder, 'tree'))
  })

  it('ends with 2 before it measures, or touches the page, when a line of the results is broken', async () => {
    await writeFile(results, '{"kind":"micro","run":"now","outcomes":[]}\n{"kind":\n')
    const told = /^--results: found \S+results\.jsonl, of which line 2 is no result of the bench;/
    await refused(told, '', 'micro', '--results', results)
    const page = join(folder, 'page.md')
    await writeFile(page, '<!-- measured: npm run bench -->\n\nold\n\n<!-- /measured -->\n')
    await refused(told, '', 'table', '--results', results, '--page', page)
    await refused(
      /which has no results;/,
      '',
      'table',
      '--results',
      join(folder, 'x'),
      '--page',
      page,
    )
    assert.match(await readFile(page, 'utf8'), /old/)
    assert.ok(!existsSync(join(folder, 'x')))
  })

  it('does not look at WAMP_BENCH for the tables alone', async () => {
    await writeFile(results, '{"kind":"micro","run":"now","outcomes":[]}\n')
    const page = join(folder, 'page.md')
    await writeFile(page, '<!-- measured: npm run bench -->\n\nold\n\n<!-- /measured -->\n')
    const gone = join(folder, 'gone')
    assert.equal((await bench(gone, 'table', '--results', results, '--page', page)).code, 0)
    assert.doesNotMatch(await readFile(page, 'utf8'), /old/)
  })

  it('leaves the macro part out without WAMP_BENCH, and does not take that for a promise kept', async () => {
    const { code, out } = await bench('', 'macro', '--results', results)
    assert.equal(code, 1)
    assert.match(out, /^macro is left out: WAMP_BENCH does not name/)
    assert.match(out, /PERFORMANCE\.md is left as it is, as micro, rpc, .* were never measured/)
  })
})

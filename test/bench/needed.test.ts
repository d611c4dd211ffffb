import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArgumentError } from '../../bench/arguments.ts'
import { checkNeeded } from '../../bench/needed.ts'

describe('A folder that somebody named', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-needed-'))
    await mkdir(join(folder, 'house'))
    await writeFile(join(folder, 'lamp'), '')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const check = (name: string, ...entries: readonly string[]): Promise<void> =>
    checkNeeded({ key: '--place', folder: name, allowed: 'a place' }, entries)

  async function refused(message: string, name: string, ...entries: readonly string[]) {
    await assert.rejects(check(name, ...entries), (error: unknown) => {
      assert.ok(error instanceof ArgumentError)
      assert.equal(error.message, message)
      return true
    })
  }

  it('is taken when all that is needed is in it', () => check(folder, 'lamp', 'house/'))

  it('is refused with all that it has not, where a file is no folder and a folder no file', () =>
    refused(
      `--place: found ${folder}, which has no lamp/, house, lamp/x, key; allowed is a place`,
      folder,
      'lamp/',
      'house',
      'lamp/x',
      'key',
    ))

  it('is refused when it is not there, is a file, or has no name', async () => {
    const gone = join(folder, 'gone')
    const reason = 'ENOENT: no such file or directory'
    await refused(`--place: found ${gone} (${reason}); allowed is a place`, gone)
    const lamp = join(folder, 'lamp')
    await refused(`--place: found ${lamp}, which is no folder; allowed is a place`, lamp)
    await refused('--place: found nothing; allowed is a place', '')
  })
})

import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authorityKeys, AuthorityKeysError } from '../../authority/keys.ts'

describe('the keys of the authorization server', () => {
  let dir: string
  let file: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-keys-'))
    file = join(dir, 'authority-keys.json')
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('are made once and kept, for their owner alone, with nothing left beside them', async () => {
    const made = await authorityKeys(file)
    assert.deepEqual(await authorityKeys(file), made)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(dir), ['authority-keys.json'])
  })

  it('are others each time where there is no file for them', async () => {
    const [one] = await authorityKeys(undefined)
    const [other] = await authorityKeys(undefined)
    assert.notEqual(one?.kid, other?.kid)
  })

  it('are not made anew over a file that holds something else', async () => {
    for (const text of ['', '{}', '{"keys":[]}', '{"keys":[{"kty":"oct"}]}']) {
      await writeFile(file, text)
      await assert.rejects(authorityKeys(file), AuthorityKeysError)
    }
  })

  it('cannot be kept where there is no folder, which names the file', async () => {
    await assert.rejects(authorityKeys(join(dir, 'no', 'keys.json')), /no\/keys\.json/)
  })
})

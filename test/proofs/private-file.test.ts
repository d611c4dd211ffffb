import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKey, readKey, replaceFile } from '../../proofs/private-file.ts'

describe('a key in a file', () => {
  let folder: string
  let file: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lk-key-'))
    file = join(folder, 'a.pem')
  })

  afterEach(() => rm(folder, { recursive: true }))

  it('is made once, for its owner alone', async () => {
    const key = await openKey(file)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.ok((await openKey(file)).equals(key))
    assert.deepEqual(await readdir(folder), ['a.pem'])
  })

  it('is the same for all who make it at the same time', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => openKey(file)))
    for (const key of keys) assert.ok(key.equals(keys[0] ?? key))
    assert.deepEqual(await readdir(folder), ['a.pem'])
  })

  it('is absent where there is no file', async () => {
    assert.equal(await readKey(file), undefined)
  })

  it('is refused when others can read it', async () => {
    await openKey(file)
    await chmod(file, 0o640)
    await assert.rejects(openKey(file), /a\.pem: its mode is 640; allowed is 600/)
  })

  it('is refused when it is something else, and left as it is', async () => {
    await writeFile(file, 'no key', { mode: 0o600 })
    await assert.rejects(openKey(file), /is not a private key in PEM/)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await replaceFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    await assert.rejects(openKey(file), /is not an Ed25519 key/)
    assert.match(await readFile(file, 'utf8'), /PRIVATE KEY/)
  })
})

import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createDataFolder,
  dataFolder,
  DataFolderError,
  holdDataFolder,
  openDataFolder,
} from '../data-folder.ts'

describe('a data folder', () => {
  let parent: string
  beforeEach(async () => (parent = await mkdtemp(join(tmpdir(), 'lk-folder-'))))
  afterEach(() => rm(parent, { recursive: true, force: true }))

  it('is made for its owner alone, with a configuration', async () => {
    const folder = await createDataFolder(join(parent, 'new'))
    assert.equal((await stat(folder.dir)).mode & 0o777, 0o700)
    assert.equal((await stat(folder.configFile)).mode & 0o777, 0o600)
    assert.match(await readFile(folder.configFile, 'utf8'), /uri: home/)
  })

  it('is not made over one that is there', async () => {
    const folder = await createDataFolder(join(parent, 'new'))
    await writeFile(folder.configFile, 'mine')
    await assert.rejects(createDataFolder(folder.dir), DataFolderError)
    assert.equal(await readFile(folder.configFile, 'utf8'), 'mine')
  })

  it('whose configuration cannot be written whole is left without one', async () => {
    const folder = dataFolder(parent)
    // Stands in the way of the draft, as a full disk would.
    await mkdir(`${folder.configFile}.new`)
    await assert.rejects(createDataFolder(parent), DataFolderError)
    await assert.rejects(stat(folder.configFile))
    await rm(`${folder.configFile}.new`, { recursive: true, force: true })
    await createDataFolder(parent)
  })

  it('that others could enter is closed to them', async () => {
    await chmod(parent, 0o755)
    await openDataFolder(dataFolder(parent))
    assert.equal((await stat(parent)).mode & 0o777, 0o700)
  })

  it('whose path is too long for a socket is refused, with the lengths', () => {
    assert.throws(
      () => dataFolder(`/tmp/${'x'.repeat(100)}`),
      (error) =>
        error instanceof DataFolderError && /119 bytes long.*may have 107/.test(error.message),
    )
  })

  it('that holds other things is neither taken nor closed to others', async () => {
    await writeFile(join(parent, 'holiday.jpg'), '')
    await chmod(parent, 0o755)
    await assert.rejects(createDataFolder(parent), /holds other things and is open to others/)
    assert.equal((await stat(parent)).mode & 0o777, 0o755)
  })

  it('loses the socket that a killed router left behind', async () => {
    const folder = dataFolder(parent)
    await writeFile(folder.socketFile, '')
    const release = await holdDataFolder(folder)
    await assert.rejects(stat(folder.socketFile))
    await release()
  })

  it('is held by one router at a time, whatever became of its socket', async () => {
    const folder = dataFolder(parent)
    const release = await holdDataFolder(folder)
    await assert.rejects(
      holdDataFolder(folder),
      (error) =>
        error instanceof DataFolderError &&
        /a router is running for .* already/.test(error.message),
    )
    await release()
    const again = await holdDataFolder(folder)
    await again()
  })
})

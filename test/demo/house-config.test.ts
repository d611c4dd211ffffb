import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDataFolder } from '../../config.ts'
import { configuredPort, configureHouse, pageClientId } from '../../demo/house-config.ts'
import { pageClientId as providersClientId } from '../../demo/provider-configuration.ts'

describe("the demo house's configuration", () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-config-'))
  })

  afterEach(() => rm(dir, { recursive: true }))

  it('is one that the router takes', async () => {
    assert.equal(await configuredPort(dir), undefined)
    await configureHouse(dir, { port: 8123, issuer: 'http://localhost:9876' })
    const config = await loadDataFolder(dir)
    assert.equal(config.listen.websocket?.port, 8123)
    assert.deepEqual(config.console, {
      realm: 'home',
      issuer: 'http://localhost:9876',
      clientId: 'latchkey',
    })
    const [realm] = config.realms
    assert.deepEqual(realm?.authmethods, ['ticket', 'cryptosign'])
    assert.equal(realm?.shutdown, 'close')
    assert.notEqual(config.authority, undefined)
    const ticketFile = join(dir, 'authorizer.ticket')
    const ticket = (await readFile(ticketFile, 'utf8')).trim()
    const ticketSha256 = createHash('sha256').update(ticket).digest('hex')
    assert.deepEqual(
      realm?.principals.map((each) => [each.authid, each.role, each.ticketSha256]),
      [['authorizer', 'authorizer', ticketSha256]],
    )
    assert.equal((await stat(ticketFile)).mode & 0o777, 0o600)
    assert.equal(await configuredPort(dir), 8123)
    assert.equal((await stat(join(dir, 'latchkey.yaml'))).mode & 0o777, 0o600)
  })

  it('names the audience that the provider has for the page', () => {
    assert.equal(pageClientId, providersClientId)
  })

  it('keeps what its owner wrote into it', async () => {
    await configureHouse(dir, { port: 8123, issuer: 'http://localhost:9876' })
    const file = join(dir, 'latchkey.yaml')
    const before = `${await readFile(file, 'utf8')}limits: { messageBytes: 65536 } # small\n`
    await writeFile(file, before)
    await configureHouse(dir, { port: 8123, issuer: 'http://localhost:9876' })
    assert.equal(await readFile(file, 'utf8'), before)
    await configureHouse(dir, { port: 8124, issuer: 'http://localhost:9876' })
    assert.equal(await readFile(file, 'utf8'), before.replace('8123', '8124'))
  })
})

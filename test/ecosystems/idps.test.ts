import assert from 'node:assert/strict'
import { House, refuses } from './house.ts'

describe('identity providers', () => {
  it('are trusted by issuer, for each audience', async () => {
    const house = await House.open()
    const { idps } = house.ecosystems
    const a = await idps.add({ issuer: 'https://id.test', clientId: 'a' })
    const b = await idps.add({
      issuer: 'https://id.test',
      clientId: 'b',
      jwksUri: 'https://id.test/keys',
    })
    assert.equal(a.jwksUri, null)
    assert.deepEqual(idps.byIssuer('https://id.test'), [a, b])
    assert.deepEqual(idps.byIssuer('https://id.test/'), [])
    assert.deepEqual(idps.list(), [a, b])
    assert.deepEqual((await house.restarted()).idps.list(), [a, b])
  })

  it('cannot be added twice', async () => {
    const { idps } = (await House.open()).ecosystems
    await idps.add({ issuer: 'https://id.test', clientId: 'a' })
    await refuses(idps.add({ issuer: 'https://id.test', clientId: 'a' }), 'conflict')
    assert.equal(idps.list().length, 1)
  })

  it('may speak plain http on this machine alone', async () => {
    const { idps } = (await House.open()).ecosystems
    for (const host of ['127.0.0.1:4', 'localhost:4', 'id.localhost', '[::1]:4', '127.1.2.3'])
      await idps.add({ issuer: `http://${host}`, clientId: 'a' })
    for (const issuer of [
      'http://id.test',
      'http://127.0.0.1.test',
      'http://localhost.test',
      'http://10.0.0.1',
      'ftp://localhost',
      'https://user@id.test',
      'https://:secret@id.test',
      'https://id.test/#x',
      'id.test',
      '',
    ])
      await refuses(idps.add({ issuer, clientId: 'a' }), 'invalid_argument', /^issuer:/)
    await refuses(
      idps.add({ issuer: 'https://id.test', clientId: 'a', jwksUri: 'http://id.test/keys' }),
      'invalid_argument',
      /^jwksUri:/,
    )
  })

  it('are so many and no more', async () => {
    const { idps } = (await House.open({ bounds: { idps: 1 } })).ecosystems
    await idps.add({ issuer: 'https://id.test', clientId: 'a' })
    await refuses(
      idps.add({ issuer: 'https://id.test', clientId: 'b' }),
      'invalid_state',
      /idps: there are 1/,
    )
  })
})

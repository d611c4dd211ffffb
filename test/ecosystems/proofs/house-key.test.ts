import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import { HouseKey, openHouseKeys } from '../../../ecosystems/proofs/house-key.ts'
import { proofTypes } from '../../../proofs/claims.ts'

describe("the house's key", () => {
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'lk-house-key-'))))
  afterEach(() => rm(folder, { recursive: true }))

  it('is named by its thumbprint, and signs what others can verify', async () => {
    const house = HouseKey.ephemeral()
    assert.equal(house.kid, await calculateJwkThumbprint(house.publicJwk))
    const text = house.sign(proofTypes.receipt, { a: 1 })
    const key = await importJWK({ ...house.publicJwk }, 'EdDSA')
    const { protectedHeader } = await compactVerify(text, key, { algorithms: ['EdDSA'] })
    assert.deepEqual(protectedHeader, { alg: 'EdDSA', typ: proofTypes.receipt, kid: house.kid })
    assert.deepEqual(Object.keys(house.publicJwk), ['kty', 'crv', 'x'])
  })

  it('is another one for each house', () => {
    assert.notEqual(HouseKey.ephemeral().kid, HouseKey.ephemeral().kid)
  })

  it('is made at the first start and stays; moved away, it vouches for the next one', async () => {
    const files = {
      houseKeyFile: join(folder, 'house-key.pem'),
      previousHouseKeyFile: join(folder, 'house-key.previous.pem'),
    }
    const first = await openHouseKeys(files)
    assert.equal(first.previous, undefined)
    assert.equal((await stat(files.houseKeyFile)).mode & 0o777, 0o600)
    assert.equal((await openHouseKeys(files)).current.kid, first.current.kid)
    await rename(files.houseKeyFile, files.previousHouseKeyFile)
    const second = await openHouseKeys(files)
    assert.equal(second.previous?.kid, first.current.kid)
    assert.notEqual(second.current.kid, first.current.kid)
  })
})

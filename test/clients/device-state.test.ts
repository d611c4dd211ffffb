import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeviceState } from '../../clients/device-state.ts'

const place = { id: 'lamp', realm: 'home', prefix: 'lamp' }

describe("a device's state", () => {
  let parent: string
  let dir: string

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lk-state-'))
    dir = join(parent, 'lamp1')
  })

  afterEach(() => rm(parent, { recursive: true }))

  const modeOf = async (path: string): Promise<string> =>
    ((await stat(path)).mode & 0o777).toString(8)

  it('makes folder and key for their owner alone', async () => {
    await DeviceState.open(dir)
    assert.equal(await modeOf(dir), '700')
    assert.equal(await modeOf(join(dir, 'device.key')), '600')
    assert.deepEqual(await readdir(dir), ['device.key'])
  })

  it('keeps the key that is there', async () => {
    const first = await DeviceState.open(dir)
    const second = await DeviceState.open(dir)
    assert.equal(second.publicKey, first.publicKey)
    assert.match(first.publicKey, /^[0-9a-f]{64}$/)
  })

  it('ends with one key when two processes start at once', async () => {
    const states = await Promise.all(Array.from({ length: 8 }, () => DeviceState.open(dir)))
    const [kept] = states
    const after = await DeviceState.open(dir)
    for (const state of states) assert.equal(state.publicKey, kept?.publicKey)
    assert.equal(after.publicKey, kept?.publicKey)
    assert.deepEqual(await readdir(dir), ['device.key'])
  })

  it('keeps its place, for its owner alone', async () => {
    const state = await DeviceState.open(dir)
    assert.equal(state.place, undefined)
    await state.setPlace({ ...place, class: 'light' } as typeof place)
    assert.deepEqual(state.place, place)
    assert.deepEqual((await DeviceState.open(dir)).place, place)
    assert.equal(await modeOf(join(dir, 'device.json')), '600')
    assert.deepEqual(await readdir(dir), ['device.json', 'device.key'])
  })

  it('shows the fingerprint of the public half as ssh does', async () => {
    const state = await DeviceState.open(dir)
    const digest = createHash('sha256').update(Buffer.from(state.publicKey, 'hex'))
    assert.equal(state.fingerprint, `SHA256:${digest.digest('base64').replace('=', '')}`)
  })

  it('signs challenges so that its public half verifies them', async () => {
    const state = await DeviceState.open(dir)
    const { authmethods, authextra, answer } = state.credential()
    assert.deepEqual(authmethods, ['cryptosign'])
    assert.deepEqual(authextra, { pubkey: state.publicKey })
    const challenge = 'ab'.repeat(32)
    const signed = answer?.('cryptosign', { challenge }) ?? ''
    assert.equal(signed.slice(128), challenge)
    const der = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(state.publicKey, 'hex'),
    ])
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const signature = Buffer.from(signed.slice(0, 128), 'hex')
    assert.ok(verify(null, Buffer.from(challenge, 'hex'), key, signature))
  })

  it('signs nothing else, whoever asks', async () => {
    const { answer } = (await DeviceState.open(dir)).credential()
    for (const challenge of ['', 'ab'.repeat(31), 'ab'.repeat(33), 'zz'.repeat(32), 7, undefined])
      assert.throws(() => answer?.('cryptosign', { challenge }), /a challenge of 32 bytes/)
    assert.throws(
      () => answer?.('ticket', { challenge: 'ab'.repeat(32) }),
      /there is one for ticket/,
    )
  })

  const misused: Record<string, [string, () => Promise<void>, RegExp]> = {
    'a key that others can read': [
      'device.key',
      () => chmod(join(dir, 'device.key'), 0o640),
      /device\.key: its mode is 640; allowed is 600/,
    ],
    'a key that is none': [
      'device.key',
      () => writeFile(join(dir, 'device.key'), 'hello'),
      /device\.key: is not a private key in PEM/,
    ],
    'a key of another kind': [
      'device.key',
      () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
        const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
        return writeFile(join(dir, 'device.key'), pem)
      },
      /device\.key: is not an Ed25519 key/,
    ],
    'a place that is no JSON': [
      'device.json',
      () => writeFile(join(dir, 'device.json'), '{'),
      /device\.json: is not JSON/,
    ],
    'a place without a prefix': [
      'device.json',
      () => writeFile(join(dir, 'device.json'), '{"id":"lamp","realm":"home"}'),
      /device\.json: needs the strings id, realm and prefix/,
    ],
  }
  for (const [what, [file, misuse, message]] of Object.entries(misused))
    it(`refuses ${what}, names the file and changes nothing`, async () => {
      await DeviceState.open(dir)
      await misuse()
      const before = await readFile(join(dir, file), 'utf8')
      await assert.rejects(DeviceState.open(dir), message)
      assert.equal(await readFile(join(dir, file), 'utf8'), before)
    })
})

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Enrolment } from '../realms/uris.ts'
import type { Credential } from './credential.ts'
import type { Dict } from './errors.ts'

/** What a device needs to know of its enrolment. */
export type Place = Pick<Enrolment, 'id' | 'realm' | 'prefix'>

/**
 * What a device keeps: its Ed25519 key, made here and never leaving, and its place in the house. Both are on disk,
 * through to the medium, before anything rests on them.
 */
export class DeviceState {
  readonly #directory: string
  readonly #key: KeyObject
  #place: Place | undefined

  private constructor(directory: string, key: KeyObject, place: Place | undefined) {
    this.#directory = directory
    this.#key = key
    this.#place = place
  }

  /**
   * Reads what is there; makes the folder (0700) and the key (0600) where they are not.
   * @throws Error naming the file when others can read the key, or when a file is not what it should be
   */
  static async open(directory: string): Promise<DeviceState> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const key = (await readKey(directory)) ?? (await makeKey(directory))
    return new DeviceState(directory, key, await readPlace(directory))
  }

  /** Where the device is enrolled; `undefined` before that. */
  get place(): Place | undefined {
    return this.#place
  }

  /** 32 bytes in lower-case hex. */
  get publicKey(): string {
    return rawPublicKey(this.#key).toString('hex')
  }

  /** For people to compare: SHA-256 of the public key, as ssh writes it. */
  get fingerprint(): string {
    const digest = createHash('sha256').update(rawPublicKey(this.#key)).digest('base64')
    return `SHA256:${digest.replace(/=+$/, '')}`
  }

  /** Keeps the place. Resolves with it when it will survive a power cut. */
  async setPlace({ id, realm, prefix }: Place): Promise<Place> {
    const text = `${JSON.stringify({ id, realm, prefix }, undefined, 2)}\n`
    const temporary = await writeTemporary(placeFile(this.#directory), text)
    await rename(temporary, placeFile(this.#directory))
    await syncDirectory(this.#directory)
    this.#place = { id, realm, prefix }
    return this.#place
  }

  /** WAMP-cryptosign with the key (rfc/text/advanced/authentication_cryptosign.md). */
  credential(): Credential {
    return {
      authmethods: ['cryptosign'],
      authid: this.#place?.id ?? 'device',
      authextra: { pubkey: this.publicKey },
      answer: (method, extra) => this.#sign(method, extra),
    }
  }

  #sign(method: string, { challenge }: Dict): string {
    // Nothing but a challenge is signed: whoever plays the router must not get a signature of its choice.
    if (
      method !== 'cryptosign' ||
      typeof challenge !== 'string' ||
      !/^[\da-f]{64}$/i.test(challenge)
    )
      throw new Error(
        `a challenge of 32 bytes for cryptosign is needed, there is one for ${method}`,
      )
    return sign(null, Buffer.from(challenge, 'hex'), this.#key).toString('hex') + challenge
  }
}

function keyFile(directory: string): string {
  return join(directory, 'device.key')
}

function placeFile(directory: string): string {
  return join(directory, 'device.json')
}

async function readKey(directory: string): Promise<KeyObject | undefined> {
  const file = keyFile(directory)
  const pem = await readIfThere(file)
  if (pem === undefined) return undefined
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0)
    throw new Error(`${file}: its mode is ${(mode & 0o777).toString(8)}; allowed is 600`)
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (error) {
    throw new Error(`${file}: is not a private key in PEM`, { cause: error })
  }
  throw new Error(`${file}: is not an Ed25519 key`)
}

async function makeKey(directory: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const temporary = await writeTemporary(keyFile(directory), pem)
  try {
    // Unlike a rename it fails when there is one already: a key, once there, is never replaced.
    await link(temporary, keyFile(directory))
    await syncDirectory(directory)
  } catch (error) {
    const there = isCode(error, 'EEXIST') ? await readKey(directory) : undefined
    if (there === undefined) throw error
    return there
  } finally {
    await rm(temporary)
  }
  return privateKey
}

async function readPlace(directory: string): Promise<Place | undefined> {
  const file = placeFile(directory)
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  try {
    const { id, realm, prefix } = JSON.parse(text) as Partial<Place>
    if (typeof id === 'string' && typeof realm === 'string' && typeof prefix === 'string')
      return { id, realm, prefix }
  } catch (error) {
    throw new Error(`${file}: is not JSON`, { cause: error })
  }
  throw new Error(`${file}: needs the strings id, realm and prefix`)
}

async function writeTemporary(file: string, text: string): Promise<string> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  return temporary
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function rawPublicKey(key: KeyObject): Buffer {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return Buffer.from(x ?? '', 'base64url')
}

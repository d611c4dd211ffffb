import { createHash, createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openKey, readIfThere, replaceFile } from '../proofs/private-file.ts'
import type { Enrolment } from '../realms/uris.ts'
import type { Credential } from './credential.ts'
import type { Dict } from './errors.ts'
import { TrustBundle } from './trust.ts'

/** What a device needs to know of its enrolment. */
export interface Place extends Pick<Enrolment, 'id' | 'realm' | 'prefix'> {
  /** `new`: nobody has claimed it yet. Absent: somebody has. */
  readonly status?: Enrolment['status']
}

/**
 * What a device keeps: its Ed25519 key, made here and never leaving, its place in the house, and the house's own
 * key. All are on disk, through to the medium, before anything rests on them.
 */
export class DeviceState {
  readonly #directory: string
  readonly #key: KeyObject
  #place: Place | undefined
  #trust: TrustBundle | undefined

  private constructor(
    directory: string,
    key: KeyObject,
    place: Place | undefined,
    trust: TrustBundle | undefined,
  ) {
    this.#directory = directory
    this.#key = key
    this.#place = place
    this.#trust = trust
  }

  /**
   * Reads what is there; makes the folder (0700) and the key (0600) where they are not.
   * @throws Error naming the file when others can read the key, or when a file is not what it should be
   */
  static async open(directory: string): Promise<DeviceState> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const key = await openKey(join(directory, 'device.key'))
    const place = await readPlace(directory)
    return new DeviceState(directory, key, place, await readTrust(directory))
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
  async setPlace({ id, realm, prefix, status }: Place): Promise<Place> {
    const place = { id, realm, prefix, ...(status === 'new' && { status }) }
    await replaceFile(placeFile(this.#directory), `${JSON.stringify(place, undefined, 2)}\n`)
    this.#place = place
    return place
  }

  /** The house that the device belongs to, by its key; `undefined` before it was told of it. */
  get trust(): TrustBundle | undefined {
    return this.#trust
  }

  /**
   * Keeps it. Resolves when it will survive a power cut. One that says nothing new is not written: it comes at each
   * join, and a device's memory is not made for that.
   */
  async setTrust(trust: TrustBundle): Promise<void> {
    if (this.#trust === undefined || !trust.saysTheSame(this.#trust))
      await replaceFile(trustFile(this.#directory), `${trust.jws}\n`)
    this.#trust = trust
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

function placeFile(directory: string): string {
  return join(directory, 'device.json')
}

function trustFile(directory: string): string {
  return join(directory, 'trust.jws')
}

async function readTrust(directory: string): Promise<TrustBundle | undefined> {
  const file = trustFile(directory)
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  try {
    return await TrustBundle.pin(text.trim())
  } catch (error) {
    throw new Error(`${file}: is not the bundle of a house`, { cause: error })
  }
}

async function readPlace(directory: string): Promise<Place | undefined> {
  const file = placeFile(directory)
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  try {
    const { id, realm, prefix, status } = JSON.parse(text) as Partial<Place>
    if (typeof id === 'string' && typeof realm === 'string' && typeof prefix === 'string')
      return { id, realm, prefix, ...(status === 'new' && { status }) }
  } catch (error) {
    throw new Error(`${file}: is not JSON`, { cause: error })
  }
  throw new Error(`${file}: needs the strings id, realm and prefix`)
}

function rawPublicKey(key: KeyObject): Buffer {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return Buffer.from(x ?? '', 'base64url')
}

import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { randomName } from './names.ts'
import type { DeviceRow } from './store/store.ts'

const derive = promisify(pbkdf2)

/** The best level of a device that has a shared secret instead of a key, unless its owner says otherwise. */
export const weakLevel = 3

/** 160 bits: a secret that nobody chose needs no stretching, and a small device should not have to do it. */
const secretCharacters = 32
const saltBytes = 8
const iterations = 1_000

/** Bytes of the key that is derived from a secret. */
export const secretKeyBytes = 32

/** A secret for a device that can do no more, and what the house keeps of it. */
export interface NewDeviceSecret {
  /** For the device, this once. */
  readonly secret: string
  readonly kept: NonNullable<DeviceRow['secret']>
}

/** Makes one for salted WAMP-CRA (rfc/text/advanced/authentication_cra.md, Password Salting). */
export async function newDeviceSecret(): Promise<NewDeviceSecret> {
  const secret = randomName(secretCharacters)
  const salt = randomBytes(saltBytes).toString('hex')
  const key = (await derive(secret, salt, iterations, secretKeyBytes, 'sha256')).toString('base64')
  return { secret, kept: { salt, iterations, key } }
}

/** What an unknown name is challenged with, to look like one of these. */
export const likeDeviceSecret: Omit<NonNullable<DeviceRow['secret']>, 'key'> = {
  salt: '0123456789abcdef',
  iterations,
}

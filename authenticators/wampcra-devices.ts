import { likeDeviceSecret, secretKeyBytes } from '../ecosystems/device-secret.ts'
import type { DeviceRow } from '../ecosystems/store/store.ts'
import type { Principal } from '../router/access.ts'
import { devicePrincipal } from './device-principal.ts'
import type { CraCredential, CraTemplate, Salting } from './wampcra-keys.ts'

/** However it is granted and claimed: who has only a secret to show is nowhere good for level 1. */
const bestLevel = 2

const who = { authrole: 'device', authprovider: 'latchkey' } as const

/** What an unknown name is challenged with, to look like a device's. */
export const deviceTemplate: CraTemplate = { ...who, salting: saltingOf(likeDeviceSecret) }

/**
 * The secrets of a realm's devices that can do no more than wampcra. Whether one is in good standing is asked after the
 * proof, and not remembered from HELLO: a device may fall in between.
 */
export function deviceSecrets(
  devices: { get(id: string): DeviceRow | undefined },
  realm: string,
): { of(authid: string): CraCredential | undefined } {
  const known = (id: string): DeviceRow | undefined => {
    const row = devices.get(id)
    return row?.realm === realm && row.secret !== null ? row : undefined
  }
  return {
    of(authid) {
      const secret = known(authid)?.secret
      if (secret === undefined || secret === null) return undefined
      return {
        authid,
        ...who,
        key: secret.key,
        salting: saltingOf(secret),
        holder: () => holderOf(known(authid), secret.key),
      }
    },
  }
}

function holderOf(row: DeviceRow | undefined, key: string): Principal | undefined {
  if (row === undefined || row.status === 'quarantined' || row.secret?.key !== key) return undefined
  return { ...devicePrincipal(row, 'wampcra'), evidence: { maxLevel: bestLevel } }
}

function saltingOf({ salt, iterations }: Omit<NonNullable<DeviceRow['secret']>, 'key'>): Salting {
  return { salt, iterations, keylen: secretKeyBytes }
}

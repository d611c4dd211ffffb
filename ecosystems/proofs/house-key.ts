import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Ed25519Jwk, ProofType } from '../../proofs/claims.ts'
import { openKey, readKey } from '../../proofs/private-file.ts'
import { jwsHeader, signJws } from './jws.ts'

/** The Ed25519 key by which a house speaks to its devices, so that they need not believe whoever runs the router. */
export class HouseKey {
  /** Its thumbprint (RFC 7638), by which people compare it. */
  readonly kid: string
  readonly publicJwk: Ed25519Jwk
  readonly publicKey: KeyObject
  readonly #key: KeyObject
  readonly #headers = new Map<ProofType, string>()

  constructor(key: KeyObject) {
    this.#key = key
    this.publicKey = createPublicKey(key)
    const { x = '' } = this.publicKey.export({ format: 'jwk' })
    this.publicJwk = { kty: 'OKP', crv: 'Ed25519', x }
    const members = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x })
    this.kid = createHash('sha256').update(members).digest('base64url')
  }

  /** One that ends with the process. */
  static ephemeral(): HouseKey {
    return new HouseKey(generateKeyPairSync('ed25519').privateKey)
  }

  /** A compact JWS. Takes some 40 µs. */
  sign(typ: ProofType, claims: object): string {
    let header = this.#headers.get(typ)
    if (header === undefined) {
      header = jwsHeader(typ, this.kid)
      this.#headers.set(typ, header)
    }
    return signJws(this.#key, header, claims)
  }
}

/** The key that signs, and the one before it, for devices that still trust that one. */
export interface HouseKeys {
  readonly current: HouseKey
  readonly previous?: HouseKey | undefined
}

/** Where they are kept. */
export interface HouseKeyFiles {
  /** Made at the first start. */
  readonly houseKeyFile: string
  /** Where the key was moved to so that a new one is made; it hands its devices over to that. */
  readonly previousHouseKeyFile: string
}

/** @throws Error naming the file when others can read it, or when it is no Ed25519 key */
export async function openHouseKeys(files: HouseKeyFiles): Promise<HouseKeys> {
  const previous = await readKey(files.previousHouseKeyFile)
  return {
    current: new HouseKey(await openKey(files.houseKeyFile)),
    ...(previous !== undefined && { previous: new HouseKey(previous) }),
  }
}

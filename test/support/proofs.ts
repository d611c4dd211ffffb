import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  pbkdf2Sync,
  randomBytes,
  sign,
} from 'node:crypto'
import { argon2id } from 'hash-wasm'

/** CHALLENGE.Extra, or a part of details. */
export type Extra = Readonly<Record<string, unknown>>

/** The client's side of WAMP-CRA: AUTHENTICATE.Signature. */
export function craSignature(secret: string, extra: Extra): string {
  const { challenge, salt, keylen, iterations } = extra
  const key =
    salt === undefined
      ? secret
      : pbkdf2Sync(
          secret,
          salt as string,
          iterations as number,
          keylen as number,
          'sha256',
        ).toString('base64')
  return createHmac('sha256', key)
    .update(challenge as string)
    .digest('base64')
}

/** An Ed25519 key as clients of cryptosign keep it: a seed of 32 bytes. */
export class ClientKey {
  readonly #key: ReturnType<typeof createPrivateKey>
  /** Hex. */
  readonly publicKey: string

  constructor(seed: Buffer = randomBytes(32)) {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
    this.#key = createPrivateKey({ format: 'der', type: 'pkcs8', key: der })
    const { x = '' } = createPublicKey(this.#key).export({ format: 'jwk' })
    this.publicKey = Buffer.from(x, 'base64url').toString('hex')
  }

  /** AUTHENTICATE.Signature: the signature, then what was signed. */
  answer({ challenge }: Extra, channelId?: Buffer): string {
    const message = Buffer.from(challenge as string, 'hex')
    if (channelId !== undefined) {
      for (const [index, octet] of message.entries()) {
        message[index] = octet ^ (channelId[index] ?? 0)
      }
    }
    return sign(null, message, this.#key).toString('hex') + message.toString('hex')
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** The client's side of `wamp-scram`, and with `dialect: 'scram'` of autobahn's SCRAM. */
export class ScramClient {
  readonly nonce: string = randomBytes(16).toString('base64')
  readonly #authid: string
  readonly #password: string
  readonly #dialect: 'wamp-scram' | 'scram'
  /** What the router must send in WELCOME.authextra. Known once the challenge is answered. */
  serverSignature = ''
  /** Of the channel that both ends see; the type goes into HELLO. */
  binding: { readonly type: string; readonly data: Buffer } | undefined

  constructor(authid: string, password: string, dialect: 'wamp-scram' | 'scram' = 'wamp-scram') {
    this.#authid = authid
    this.#password = password
    this.#dialect = dialect
  }

  /** HELLO.Details.authextra. */
  get authextra(): Extra {
    return { nonce: this.nonce, channel_binding: this.binding?.type ?? null }
  }

  /** Signature and Extra of AUTHENTICATE. */
  async answer(extra: Extra): Promise<[signature: string, extra: Extra]> {
    const { nonce, salt, kdf, iterations, memory } = extra as {
      nonce: string
      salt: string
      kdf: string
      iterations: number
      memory: number | null
    }
    const standard = this.#dialect === 'wamp-scram'
    const saltBytes = Buffer.from(salt, 'base64')
    let salted: Uint8Array
    if (kdf === 'pbkdf2') {
      salted = pbkdf2Sync(this.#password, saltBytes, iterations, 32, 'sha256')
    } else {
      salted = await argon2id({
        password: this.#password,
        salt: saltBytes,
        iterations,
        memorySize: memory ?? 0,
        parallelism: 1,
        hashLength: 32,
        outputType: 'binary',
      })
      if (!standard) salted = Buffer.from(Buffer.from(salted).toString('base64').replace('=', ''))
    }
    const name = standard
      ? this.#authid.replaceAll('=', '=3D').replaceAll(',', '=2C')
      : this.#authid
    const { type, data } = this.binding ?? { type: undefined, data: Buffer.alloc(0) }
    const header = type === undefined ? 'n,,' : `p=${type},,`
    const c = standard ? Buffer.concat([Buffer.from(header), data]).toString('base64') : ''
    const message = `n=${name},r=${this.nonce},r=${nonce},s=${salt},i=${iterations},c=${c},r=${nonce}`
    const clientKey = hmac(salted, 'Client Key')
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
    this.serverSignature = hmac(hmac(salted, 'Server Key'), message).toString('base64')
    const proof = Buffer.from(clientKey.map((octet, index) => octet ^ (signature[index] ?? 0)))
    if (!standard) return [proof.toString('base64'), {}]
    const cbindData = type === undefined ? null : data.toString('base64')
    return [
      proof.toString('base64'),
      { nonce, channel_binding: type ?? null, cbind_data: cbindData },
    ]
  }
}

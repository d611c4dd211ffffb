import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { argon2id } from 'hash-wasm'
import { Decoys } from './decoys.ts'
import { saslprep } from './saslprep.ts'
import { fromBase64, scramKeyPair, type ScramKeyPair } from './scram-messages.ts'

const derivePbkdf2 = promisify(pbkdf2)
const keyBytes = 32

/** What the configuration says of a component for wamp-scram and scram: a password, or the keys made of it. */
export interface ScramSecret {
  /** `argon2id-13`: of the keys below, made as autobahn does; they are good for `scram` alone. */
  readonly kdf: 'argon2id13' | 'pbkdf2' | 'argon2id-13'
  /** base64, random for each component. */
  readonly salt: string
  readonly iterations: number
  /** KiB; for Argon2. */
  readonly memory?: number | undefined
  readonly secret?: string | undefined
  /** base64, 32 bytes; both or none. */
  readonly storedKey?: string | undefined
  readonly serverKey?: string | undefined
}

/** How a client makes a salted password of its password: goes out in CHALLENGE.Extra. */
export interface ScramCost {
  readonly kdf: 'argon2id13' | 'pbkdf2'
  readonly salt: string
  readonly iterations: number
  readonly memory: number | null
}

/** What one name is challenged and verified with. */
export interface ScramCredential extends ScramCost {
  readonly authid: string
  readonly authrole: string
  readonly keys: ScramKeyPair
  /** Nobody has this name: no proof is right. */
  readonly decoy?: boolean
}

/** The keys of a realm's components in one dialect, derived once. */
export class ScramKeys {
  readonly #byAuthid: ReadonlyMap<string, ScramCredential>
  readonly #decoys: Decoys<ScramCost>

  constructor(credentials: readonly ScramCredential[], decoyKey: Buffer) {
    this.#byAuthid = new Map(credentials.map((credential) => [credential.authid, credential]))
    const [first = usualCost, ...others] = credentials
    this.#decoys = new Decoys(decoyKey, 'scram', [first, ...others])
  }

  of(authid: string): ScramCredential | undefined {
    return this.#byAuthid.get(authid)
  }

  /** What a name that nobody has is challenged with: always the same for one name. */
  decoyOf(authid: string): ScramCredential {
    const { kdf, salt, iterations, memory } = this.#decoys.templateFor(authid)
    const saltBytes = Buffer.from(salt, 'base64').length
    const bytes = Buffer.concat([1, 2].map((part) => this.#bytes(authid, `salt ${part}`)))
    return {
      authid,
      authrole: '',
      kdf,
      salt: bytes.subarray(0, saltBytes).toString('base64'),
      iterations,
      memory,
      keys: { storedKey: this.#bytes(authid, 'stored'), serverKey: this.#bytes(authid, 'server') },
      decoy: true,
    }
  }

  #bytes(authid: string, what: string): Buffer {
    return this.#decoys.bytesFor(authid, what, keyBytes)
  }
}

/** What decoys cost in a realm that has no component with a password. */
const usualCost: ScramCost = {
  kdf: 'argon2id13',
  salt: Buffer.alloc(16).toString('base64'),
  iterations: 3,
  memory: 4_096,
}

/**
 * Derives the keys of all components: in the specification's dialect, and in autobahn's, which takes the base64 text of
 * the salted password where the specification takes its bytes. Costs as much as the configuration says, for each
 * component with a password, so it is done at the start and never at a join.
 */
export async function deriveScramKeys(
  principals: readonly {
    readonly authid: string
    readonly role: string
    readonly scram?: ScramSecret | undefined
  }[],
  decoyKey: Buffer,
): Promise<{ readonly standard: ScramKeys; readonly autobahn: ScramKeys }> {
  const standard: ScramCredential[] = []
  const autobahn: ScramCredential[] = []
  for (const { authid, role, scram } of principals) {
    if (scram === undefined) continue
    const { salt, iterations, memory = null, secret } = scram
    const kdf = scram.kdf === 'pbkdf2' ? 'pbkdf2' : 'argon2id13'
    const who = { authid, authrole: role, kdf, salt, iterations, memory } as const
    if (secret === undefined) {
      const keys = { storedKey: keyIn(scram.storedKey), serverKey: keyIn(scram.serverKey) }
      if (scram.kdf === 'argon2id-13') autobahn.push({ ...who, keys })
      else standard.push({ ...who, keys })
      continue
    }
    const salted = await saltedPassword(saslprep(secret), who)
    standard.push({ ...who, keys: scramKeyPair(salted) })
    // The other dialect has Argon2 only, and does not prepare the password.
    if (kdf !== 'argon2id13') continue
    const raw = saslprep(secret) === secret ? salted : await saltedPassword(secret, who)
    const text = Buffer.from(raw).toString('base64').replace(/=+$/, '')
    autobahn.push({ ...who, keys: scramKeyPair(Buffer.from(text)) })
  }
  return {
    standard: new ScramKeys(standard, decoyKey),
    autobahn: new ScramKeys(autobahn, decoyKey),
  }
}

/** SaltedPassword: 32 bytes. */
export async function saltedPassword(
  password: string,
  { kdf, salt, iterations, memory }: ScramCost,
): Promise<Uint8Array> {
  const saltBytes = Buffer.from(salt, 'base64')
  if (kdf === 'pbkdf2') return derivePbkdf2(password, saltBytes, iterations, keyBytes, 'sha256')
  return argon2id({
    password,
    salt: saltBytes,
    iterations,
    memorySize: memory ?? 0,
    parallelism: 1,
    hashLength: keyBytes,
    outputType: 'binary',
  })
}

function keyIn(text: string | undefined): Buffer {
  const key = fromBase64(text)
  if (key?.length !== keyBytes)
    throw new TypeError('scram needs a secret, or storedKey and serverKey of 32 bytes in base64')
  return key
}

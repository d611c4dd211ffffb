import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
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

type Dialect = 'standard' | 'autobahn'

/** What one component has: in both dialects the same salt and cost, or something in one of them alone. */
type Profile = Partial<Record<Dialect, ScramCredential>>

/** The keys of a realm's components in one dialect, derived once. */
export class ScramKeys {
  readonly #byAuthid: ReadonlyMap<string, ScramCredential>
  readonly #dialect: Dialect
  readonly #decoys: ScramDecoys

  constructor(profiles: readonly Profile[], dialect: Dialect, decoys: ScramDecoys) {
    const credentials = profiles.flatMap((profile) => profile[dialect] ?? [])
    this.#byAuthid = new Map(credentials.map((credential) => [credential.authid, credential]))
    this.#dialect = dialect
    this.#decoys = decoys
  }

  of(authid: string): ScramCredential | undefined {
    return this.#byAuthid.get(authid)
  }

  /** What a name that nobody has is challenged with: always the same for one name. */
  decoyOf(authid: string): ScramCredential {
    return this.#decoys.of(authid, this.#dialect)
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
 * What names that nobody has are challenged with, in both dialects: who asks for one name by both gets the same salt
 * where components do, and another one where they do.
 */
class ScramDecoys {
  readonly #decoys: Decoys<Partial<Record<Dialect, ScramCost>>>
  /** For the dialect that a name's template does not have. */
  readonly #others: Readonly<Record<Dialect, Decoys<ScramCost>>>

  constructor(profiles: readonly Profile[], key: Buffer) {
    const [first = { standard: usualCost, autobahn: usualCost }, ...others] = profiles
    this.#decoys = new Decoys(key, 'scram', [first, ...others])
    const of = (dialect: Dialect): Decoys<ScramCost> => {
      const costs = profiles.flatMap((profile) => profile[dialect] ?? [])
      const [one = usualCost, ...more] = costs
      return new Decoys(key, `scram, ${dialect} alone`, [one, ...more])
    }
    this.#others = { standard: of('standard'), autobahn: of('autobahn') }
  }

  of(authid: string, dialect: Dialect): ScramCredential {
    const shared = this.#decoys.templateFor(authid)[dialect]
    const decoys = shared === undefined ? this.#others[dialect] : this.#decoys
    const { kdf, salt, iterations, memory } = shared ?? this.#others[dialect].templateFor(authid)
    const bytes = (what: string, length = keyBytes): Buffer => decoys.bytesFor(authid, what, length)
    return {
      authid,
      authrole: '',
      kdf,
      salt: bytes('salt', Buffer.from(salt, 'base64').length).toString('base64'),
      iterations,
      memory,
      keys: { storedKey: bytes('stored'), serverKey: bytes('server') },
      decoy: true,
    }
  }
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
  const profiles: Profile[] = []
  for (const { authid, role, scram } of principals) {
    if (scram === undefined) continue
    const { salt, iterations, memory = null, secret } = scram
    const kdf = scram.kdf === 'pbkdf2' ? 'pbkdf2' : 'argon2id13'
    const who = { authid, authrole: role, kdf, salt, iterations, memory } as const
    if (secret === undefined) {
      const keys = { storedKey: keyIn(scram.storedKey), serverKey: keyIn(scram.serverKey) }
      profiles.push({ [scram.kdf === 'argon2id-13' ? 'autobahn' : 'standard']: { ...who, keys } })
      continue
    }
    const salted = await saltedPassword(saslprep(secret), who)
    const standard = { ...who, keys: scramKeyPair(salted) }
    // The other dialect has Argon2 only, and does not prepare the password.
    if (kdf !== 'argon2id13') {
      profiles.push({ standard })
      continue
    }
    const raw = saslprep(secret) === secret ? salted : await saltedPassword(secret, who)
    const text = Buffer.from(raw).toString('base64').replace(/=+$/, '')
    profiles.push({ standard, autobahn: { ...who, keys: scramKeyPair(Buffer.from(text)) } })
  }
  const decoys = new ScramDecoys(profiles, decoyKey)
  return {
    standard: new ScramKeys(profiles, 'standard', decoys),
    autobahn: new ScramKeys(profiles, 'autobahn', decoys),
  }
}

/** SaltedPassword: 32 bytes. */
export async function saltedPassword(
  password: string,
  { kdf, salt, iterations, memory }: ScramCost,
): Promise<Uint8Array> {
  const saltBytes = Buffer.from(salt, 'base64')
  if (kdf === 'pbkdf2') return derivePbkdf2(password, saltBytes, iterations, keyBytes, 'sha256')
  // Native, as WebAssembly detaches buffers when its memory grows: from then on V8 looks at each access to a byte whether
  // its buffer is still there, in the whole process, and calls take 1.09 of their time.
  const { hashRaw } = await import('@node-rs/argon2')
  const cost = { memoryCost: memory ?? 0, timeCost: iterations, parallelism: 1 }
  // Argon2id, version 0x13, by default.
  return hashRaw(password, { ...cost, salt: saltBytes, outputLen: keyBytes })
}

function keyIn(text: string | undefined): Buffer {
  const key = fromBase64(text)
  if (key?.length !== keyBytes)
    throw new TypeError('scram needs a secret, or storedKey and serverKey of 32 bytes in base64')
  return key
}

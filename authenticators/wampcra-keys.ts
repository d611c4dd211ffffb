import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Principal } from '../router/access.ts'
import { Decoys } from './decoys.ts'

const derive = promisify(pbkdf2)

/** What a component shares with the router for wampcra: a secret in clear text, or the key derived from one. */
export interface CraSecret {
  readonly secret?: string | undefined
  /** base64 of PBKDF2-SHA256 of the secret. As good as the secret itself, but for what else it may open. */
  readonly key?: string | undefined
  /** Text. With it the secret is salted: both ends work with the key derived from it. */
  readonly salt?: string | undefined
  /** Bytes of the derived key. */
  readonly keylen: number
  readonly iterations: number
}

/** How a client makes the key of its secret: goes out in CHALLENGE.Extra. */
export interface Salting {
  readonly salt: string
  readonly keylen: number
  readonly iterations: number
}

/** What one name is challenged and verified with. */
export interface CraCredential {
  readonly authid: string
  readonly authrole: string
  readonly authprovider: string
  /** Key of the HMAC: the secret, or the base64 text of the derived key (as text: all clients have it so). */
  readonly key: string
  readonly salting?: Salting | undefined
  /** Nobody has this name: no signature is right. */
  readonly decoy?: boolean
  /** Who comes by it, asked once the proof was good; `undefined`: nobody any more. Absent: a component of that name. */
  readonly holder?: () => Principal | undefined
}

/** What names of one kind are challenged with, but for what is their own. */
export interface CraTemplate {
  readonly authrole: string
  readonly authprovider: string
  readonly salting?: Salting | undefined
}

/** Key derivation of salted WAMP-CRA (rfc/text/advanced/authentication_cra.md, Password Salting). */
export async function deriveCraKey(
  secret: string,
  { salt, keylen, iterations }: Salting,
): Promise<string> {
  return (await derive(secret, salt, iterations, keylen, 'sha256')).toString('base64')
}

/** The shared secrets of a realm's components, derived once. */
export class CraKeys {
  readonly #byAuthid: ReadonlyMap<string, CraCredential>
  readonly #decoys: Decoys<CraTemplate>

  private constructor(
    credentials: readonly CraCredential[],
    decoyKey: Buffer,
    like: readonly CraTemplate[],
  ) {
    this.#byAuthid = new Map(credentials.map((credential) => [credential.authid, credential]))
    const [first = { authrole: 'user', authprovider: 'static' }, ...others] = credentials
    this.#decoys = new Decoys<CraTemplate>(decoyKey, 'wampcra', [first, ...others, ...like])
  }

  /** `like`: what names that come from elsewhere are challenged with, so that unknown ones look like them too. */
  static async derive(
    principals: readonly {
      readonly authid: string
      readonly role: string
      readonly wampcra?: CraSecret | undefined
    }[],
    decoyKey: Buffer,
    like: readonly CraTemplate[] = [],
  ): Promise<CraKeys> {
    const credentials: CraCredential[] = []
    for (const { authid, role, wampcra } of principals) {
      if (wampcra === undefined) continue
      const who = { authid, authrole: role, authprovider: 'static' }
      credentials.push({ ...who, ...(await keyOf(wampcra)) })
    }
    return new CraKeys(credentials, decoyKey, like)
  }

  of(authid: string): CraCredential | undefined {
    return this.#byAuthid.get(authid)
  }

  /** What a name that nobody has is challenged with. */
  decoyOf(authid: string): CraCredential {
    const { authrole, authprovider, salting } = this.#decoys.templateFor(authid)
    const key = this.#decoys.bytesFor(authid, 'key', 32).toString('base64')
    return {
      authid,
      authrole,
      authprovider,
      key,
      decoy: true,
      ...(salting && {
        salting: { ...salting, salt: this.#decoys.textFor(authid, 'salt', salting.salt) },
      }),
    }
  }
}

/** @throws TypeError when there is neither secret nor key */
export async function keyOf({
  secret,
  key,
  salt,
  keylen,
  iterations,
}: CraSecret): Promise<Pick<CraCredential, 'key' | 'salting'>> {
  const salting = salt === undefined ? undefined : { salt, keylen, iterations }
  const derived =
    key ?? (salting && secret !== undefined ? await deriveCraKey(secret, salting) : secret)
  if (derived === undefined) throw new TypeError('wampcra needs a secret or a key')
  return { key: derived, ...(salting && { salting }) }
}

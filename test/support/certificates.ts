import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificate, publicHalf, type SubjectName } from './x509.ts'

const dayMs = 24 * 60 * 60 * 1_000

/** A private key and its certificate, as PEM. */
export interface Pair {
  readonly key: string
  readonly cert: string
}

/** Who signs certificates. */
export interface Authority extends Pair {
  issue(commonName: string, options?: IssueOptions): Pair
}

export interface IssueOptions {
  readonly names?: readonly SubjectName[]
  /** Counted from now; negative: it has ended. Default a day. */
  readonly validForMs?: number
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** An authority made for one test. */
export function createAuthority(name = 'Test authority'): Authority {
  const key = newKey()
  const signed = (
    subject: string,
    subjectKey: string,
    { names = [], validForMs = dayMs }: IssueOptions,
  ): string =>
    certificate({
      subject,
      issuer: name,
      publicKey: publicHalf(subjectKey),
      signingKey: createPrivateKey(key),
      notBefore: new Date(Date.now() - 2 * dayMs),
      notAfter: new Date(Date.now() + validForMs),
      names,
      isAuthority: subject === name,
    })
  return {
    key,
    cert: signed(name, key, {}),
    issue(commonName, options = {}) {
      const theirs = newKey()
      return { key: theirs, cert: signed(commonName, theirs, options) }
    },
  }
}

/** Certificates of a test: an authority, what it issued to `localhost`, and their files. */
export interface TestCertificates {
  readonly authority: Authority
  readonly server: Pair
  /** Paths of the server's key and certificate, and of the authority's certificate. */
  readonly files: { readonly key: string; readonly cert: string; readonly ca: string }
  /** Puts another key or certificate in place of the server's. */
  replace(pair: Partial<Pair>): Promise<void>
  remove(): Promise<void>
}

/** For whatever listens on loopback. */
export const serverNames: readonly SubjectName[] = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
]

export async function createCertificates(): Promise<TestCertificates> {
  const dir = await mkdtemp(join(tmpdir(), 'lk-tls-'))
  const authority = createAuthority()
  const server = authority.issue('localhost', { names: serverNames })
  const files = {
    key: join(dir, 'server.key'),
    cert: join(dir, 'server.crt'),
    ca: join(dir, 'authority.crt'),
  }
  const replace = async ({ key, cert }: Partial<Pair>): Promise<void> => {
    if (key !== undefined) await writeFile(files.key, key, { mode: 0o600 })
    if (cert !== undefined) await writeFile(files.cert, cert)
  }
  await replace(server)
  await writeFile(files.ca, authority.cert)
  return { authority, server, files, replace, remove: () => rm(dir, { recursive: true }) }
}

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls'
import type { Router } from '../router.ts'

/** TLS of a listener. Files are PEM. */
export interface TlsOptions {
  /** Path of the private key. */
  readonly key: string
  /** Path of its certificate, followed in the file by those between it and the authority. */
  readonly cert: string
  /** Path of the authorities that sign certificates of clients. Absent: none does, whatever the system trusts. */
  readonly ca?: string | undefined
  /**
   * Certificates of clients. `request`: who shows one is known by it (see `PeerFacts.certificate`), whether or not
   * it is signed by `ca`. `require`: without one signed by `ca` nobody connects. Default `none`.
   */
  readonly clientCertificates?: 'none' | 'request' | 'require' | undefined
}

/** A key or certificate cannot be used; the message names the file. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

/** What the files hold. */
interface Pems {
  readonly key: string
  readonly cert: string
  readonly ca: string | undefined
}

const shared = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const

/**
 * Key and certificate of a listener, renewed while it runs: the files are looked at every `limits.certificatesMs`, and
 * connections made from then on get what is new. What cannot be used changes nothing and is logged, so that key and
 * certificate need not be replaced in one step.
 */
export class Certificates {
  readonly #options: TlsOptions
  readonly #router: Router
  readonly #servers = new Set<Server>()
  #pems: Pems
  /** What was last found unusable: said once. */
  #refused: string | undefined
  #endWaiting: (() => void) | undefined
  #closed = false

  private constructor(options: TlsOptions, router: Router, pems: Pems) {
    this.#options = options
    this.#router = router
    this.#pems = pems
    this.#warnOfExpiry()
    this.#wait()
  }

  /** @throws CertificateError */
  static async read(options: TlsOptions, router: Router): Promise<Certificates> {
    const pems = await readAll(options)
    check(options, pems)
    return new Certificates(options, router, pems)
  }

  /** A TLS server that is given its connections by its event `connection`. */
  createServer(secured: (socket: TLSSocket) => void): Server {
    const { clientCertificates = 'none' } = this.#options
    const server = createServer(
      {
        ...shared,
        ...contextOf(this.#pems),
        requestCert: clientCertificates !== 'none',
        rejectUnauthorized: clientCertificates === 'require',
      },
      secured,
    )
    this.#servers.add(server)
    return server
  }

  /** Looks at the files now. `true`: there is something new, and it is used from now on. Never rejects. */
  async renew(): Promise<boolean> {
    let pems: Pems
    try {
      pems = await readAll(this.#options)
      if (same(pems, this.#pems)) return false
      check(this.#options, pems)
    } catch (error) {
      this.#refuse(error)
      return false
    }
    if (this.#closed) return false
    this.#refused = undefined
    this.#pems = pems
    for (const server of this.#servers) server.setSecureContext({ ...shared, ...contextOf(pems) })
    const { cert } = this.#options
    this.#router.log('info', 'a new certificate is in use', { cert, validTo: validTo(pems) })
    this.#warnOfExpiry()
    return true
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true
    this.#endWaiting?.()
  }

  #wait(): void {
    if (this.#closed) return
    const { clock, limits } = this.#router
    this.#endWaiting = clock.after(limits.certificatesMs, () => {
      void this.renew().then(() => this.#wait())
    })
  }

  #refuse(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    if (message === this.#refused) return
    this.#refused = message
    this.#router.log('warn', 'the certificate in use stays, as there is none to follow it', {
      error,
    })
  }

  #warnOfExpiry(): void {
    const end = validTo(this.#pems)
    if (end > this.#router.clock.now()) return
    this.#router.log('warn', 'the certificate has expired', {
      cert: this.#options.cert,
      validTo: end,
    })
  }
}

async function readAll({ key, cert, ca }: TlsOptions): Promise<Pems> {
  return {
    key: await read('key', key),
    cert: await read('cert', cert),
    ca: ca === undefined ? undefined : await read('ca', ca),
  }
}

async function read(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`
    throw new CertificateError(`tls.${option} was "${file}": ${why}`, { cause: error })
  }
}

/** @throws CertificateError for the first of the files that cannot be used */
function check(options: TlsOptions, { key, cert, ca }: Pems): void {
  const attempt = (option: 'key' | 'cert' | 'ca', what: string, use: () => unknown): void => {
    try {
      use()
    } catch (error) {
      throw new CertificateError(`tls.${option} was "${options[option]}": ${what}`, {
        cause: error,
      })
    }
  }
  attempt('key', 'there is no private key without a passphrase in it (PEM)', () =>
    createPrivateKey(key),
  )
  attempt('cert', 'there is no certificate in it (PEM)', () => new X509Certificate(cert))
  if (ca !== undefined) {
    attempt('ca', 'there is no certificate in it (PEM)', () => new X509Certificate(ca))
  }
  attempt('key', `it does not fit the certificate ${options.cert}`, () =>
    createSecureContext({ ...shared, ...contextOf({ key, cert, ca }) }),
  )
}

/** An empty list of authorities is none: without the key Node would take all that the system trusts. */
function contextOf({ key, cert, ca }: Pems): { key: string; cert: string; ca: string | string[] } {
  return { key, cert, ca: ca ?? [] }
}

function same(one: Pems, other: Pems): boolean {
  return one.key === other.key && one.cert === other.cert && one.ca === other.ca
}

function validTo({ cert }: Pems): number {
  return Date.parse(new X509Certificate(cert).validTo)
}

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'

/** The keys of an OpenID provider, and tokens signed with them: ES256, as fast as they can be made. */
export class Provider {
  readonly issuer: string
  readonly #server: Server
  readonly #key: CryptoKey

  private constructor(server: Server, key: CryptoKey) {
    this.#server = server
    this.#key = key
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(): Promise<Provider> {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }
    const server = createServer((request, response) => {
      const issuer = `http://${request.headers.host}`
      const isDiscovery = request.url?.startsWith('/.well-known/') === true
      const body = isDiscovery ? { issuer, jwks_uri: `${issuer}/jwks` } : { keys: [jwk] }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Provider(server, privateKey)
  }

  token(subject: string): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'JWT' })
      .setIssuer(this.issuer)
      .setAudience('latchkey')
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(this.#key)
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

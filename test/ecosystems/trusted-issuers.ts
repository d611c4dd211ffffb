import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { Issuers } from '../../ecosystems/issuers.ts'
import type { IssuersOptions } from '../../ecosystems/issuers.ts'
import type { IdpRow } from '../../ecosystems/store/store.ts'
import { idpRow } from '../support/rows.ts'

export const discoveryPath = '/.well-known/openid-configuration'

export function row(issuer: string, clientId = 'latchkey', jwksUri: string | null = null): IdpRow {
  return idpRow({ issuer, clientId, jwksUri, createdAt: 0 })
}

/** Issuers that trust those of these rows. */
export function trusting(rows: readonly IdpRow[], options?: IssuersOptions): Issuers {
  return new Issuers({ byIssuer: (issuer) => rows.filter((r) => r.issuer === issuer) }, options)
}

/** A server of HTTP for one test, on an ephemeral port. */
export async function serveOn(
  listener: RequestListener,
): Promise<{ address: string; close: () => Promise<void> }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const bound = server.address()
  assert(bound !== null && typeof bound === 'object')
  return {
    address: `http://127.0.0.1:${bound.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

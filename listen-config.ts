import { isAbsolute } from 'node:path'
import { z } from 'zod'
import type { TlsOptions } from './router/transports/certificates.ts'

const port = z.number().int().min(0).max(65535)

const tlsKeys = {
  key: z.string().min(1),
  cert: z.string().min(1),
  ca: z.string().min(1).optional(),
  clientCertificates: z.enum(['none', 'request', 'require']).default('none'),
}

/** `listen` of the configuration; docs/CONFIG.md describes each key. */
export const listenSchema: z.ZodType<ListenConfig> = z.strictObject({
  websocket: z
    .strictObject({
      host: z.string().min(1).default('localhost'),
      port: port.default(8080),
      path: z.string().startsWith('/').default('/ws'),
      origins: z.array(z.string()).default([]),
      longpoll: z.string().startsWith('/').optional(),
      rawsocket: z.boolean().optional(),
      socket: z.string().min(1).optional(),
      tls: z.strictObject({ ...tlsKeys, required: z.boolean().default(true) }).optional(),
    })
    .optional(),
  rawsocket: z
    .union([
      z.strictObject({
        host: z.string().min(1).default('127.0.0.1'),
        port,
        tls: z.strictObject(tlsKeys).optional(),
      }),
      z.strictObject({ path: z.string().min(1) }),
    ])
    .optional(),
})

export interface ListenConfig {
  readonly websocket?:
    | {
        readonly host: string
        readonly port: number
        readonly path: string
        readonly origins: readonly string[]
        /** Base path of long-poll. */
        readonly longpoll?: string | undefined
        /** RawSocket comes in on the same port. */
        readonly rawsocket?: boolean | undefined
        /** Path of a Unix socket where the same comes in. */
        readonly socket?: string | undefined
        /** `required: false`: connections without TLS come in on the same port. */
        readonly tls?: (TlsOptions & { readonly required: boolean }) | undefined
      }
    | undefined
  readonly rawsocket?:
    | { readonly host: string; readonly port: number; readonly tls?: TlsOptions | undefined }
    | { readonly path: string }
    | undefined
}

/** What each key for itself cannot tell: one line a problem. */
export function listenInconsistencies({ websocket, rawsocket }: ListenConfig): string[] {
  const problems: string[] = []
  if (rawsocket !== undefined && 'path' in rawsocket && !isAbsolute(rawsocket.path)) {
    problems.push(`listen.rawsocket.path was "${rawsocket.path}": it must be absolute`)
  }
  if (websocket !== undefined) {
    const { longpoll, path, socket } = websocket
    if (socket !== undefined && !isAbsolute(socket)) {
      problems.push(`listen.websocket.socket was "${socket}": it must be absolute`)
    }
    if (longpoll !== undefined && (longpoll === '/' || `${path}/`.startsWith(`${longpoll}/`))) {
      problems.push(
        `listen.websocket.longpoll was "${longpoll}": allowed is a path with neither the page nor ${path} in it`,
      )
    }
    problems.push(...tlsInconsistencies('listen.websocket.tls', websocket.tls))
  }
  if (rawsocket !== undefined && 'port' in rawsocket) {
    problems.push(...tlsInconsistencies('listen.rawsocket.tls', rawsocket.tls))
  }
  return problems
}

function tlsInconsistencies(where: string, tls: TlsOptions | undefined): string[] {
  if (tls === undefined) return []
  const problems: string[] = []
  for (const key of ['key', 'cert', 'ca'] as const) {
    const path = tls[key]
    if (path !== undefined && !isAbsolute(path)) {
      problems.push(`${where}.${key} was "${path}": it must be absolute`)
    }
  }
  if (tls.clientCertificates === 'require' && tls.ca === undefined) {
    problems.push(`${where}.ca is missing: without it no certificate of a client would be good`)
  }
  return problems
}

/** An address as a URL; an IPv6 address stands in brackets there. */
export function urlAt(
  scheme: 'ws' | 'wss' | 'http' | 'https' | 'tcp' | 'tls',
  place: { readonly host: string; readonly port: number; readonly path: string },
): string {
  const host = place.host.includes(':') ? `[${place.host}]` : place.host
  return `${scheme}://${host}:${place.port}${place.path}`
}

/** Address of the WebSocket. */
export function webSocketUrl(place: {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly tls?: unknown
}): string {
  return urlAt(place.tls === undefined ? 'ws' : 'wss', place)
}

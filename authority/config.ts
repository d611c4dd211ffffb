import { z } from 'zod'
import { defaultAuthorityLimits, type AuthorityLimits } from './limits.ts'

const limitsSchema: z.ZodType<Partial<AuthorityLimits>> = z.strictObject(
  Object.fromEntries(
    Object.keys(defaultAuthorityLimits).map((key) => [
      key,
      z.number().int().min(1).exactOptional(),
    ]),
  ) as Record<keyof AuthorityLimits, z.ZodExactOptional<z.ZodNumber>>,
)

/** What a client of the authorization server is for. */
export const clientUses = ['resource_server', 'requesting'] as const

export type ClientUse = (typeof clientUses)[number]

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether secrets may be sent to such an address, and it is an origin alone (RFC 8414 §2). */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, origin } = new URL(text)
  return (
    origin === text && (protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname)))
  )
}

/** `authority` of the configuration; docs/CONFIG.md describes each key. */
export const authoritySchema: z.ZodType<AuthorityConfig> = z.strictObject({
  issuer: z
    .string()
    .refine(
      isIssuer,
      'an https origin (or http on loopback), without a path and a slash at its end',
    )
    .optional(),
  clients: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9_]{1,64}$/, '1 to 64 of a to z, 0 to 9 and _'),
        name: z.string().min(1).max(100),
        use: z.enum(clientUses),
        secretSha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 lower-case hex digits'),
      }),
    )
    .max(1_000)
    .default([]),
  limits: limitsSchema.default({}),
})

/** The authorization server as configuration. */
export interface AuthorityConfig {
  /** Its public address, which tokens and documents name. Absent: that of the WebSocket's port. */
  readonly issuer?: string | undefined
  readonly clients: readonly {
    readonly id: string
    readonly name: string
    readonly use: ClientUse
    /** SHA-256 of its secret, hex. */
    readonly secretSha256: string
  }[]
  readonly limits: Partial<AuthorityLimits>
}

/** What each key for itself cannot tell: one line a problem. */
export function authorityInconsistencies(config: {
  readonly authority?: AuthorityConfig | undefined
  readonly listen: {
    readonly websocket?: { readonly host: string; readonly tls?: unknown } | undefined
  }
}): string[] {
  const { authority, listen } = config
  if (authority === undefined) return []
  const problems: string[] = []
  const { websocket } = listen
  if (websocket === undefined)
    problems.push('authority is there and listen.websocket is not: it is served on that port')
  else if (
    authority.issuer === undefined &&
    !isIssuer(`${websocket.tls === undefined ? 'http' : 'https'}://${websocket.host}`)
  )
    problems.push(
      `authority.issuer is missing: listen.websocket.host was "${websocket.host}", which is no address that others could use`,
    )
  const seen = new Set<string>()
  for (const [index, { id }] of authority.clients.entries()) {
    if (seen.has(id))
      problems.push(
        `authority.clients.${index}.id was "${id}": there is a client of that name already`,
      )
    seen.add(id)
  }
  return problems
}

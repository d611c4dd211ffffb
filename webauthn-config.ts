import { isIP } from 'node:net'
import { z } from 'zod'
import type { RelyingParty } from './ecosystems/proofs/webauthn.ts'
import type { ListenConfig } from './listen-config.ts'

const domain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/
const originAllowed = 'an origin such as https://my.house, or http at localhost, without a path'

/** `webauthn` of the configuration; docs/CONFIG.md describes each key. */
export const webauthnSchema: z.ZodType<WebauthnConfig> = z.strictObject({
  rpId: z
    .string({ error: 'a domain name in lower case' })
    .regex(domain, { error: 'a domain name in lower case' })
    .refine((name) => isIP(name) === 0, { error: 'a domain name, no address' }),
  origins: z
    .array(z.string().refine(isOrigin, { error: originAllowed }))
    .min(1)
    .max(16),
  name: z.string().min(1).max(64).default('Latchkey'),
})

export interface WebauthnConfig {
  readonly rpId: string
  readonly origins: readonly string[]
  readonly name: string
}

/** What each key for itself cannot tell: one line a problem. */
export function webauthnInconsistencies(config: WebauthnConfig | undefined): string[] {
  if (config === undefined) return []
  const { rpId, origins } = config
  return origins.flatMap((origin, index) => {
    const { hostname } = new URL(origin)
    const fits = hostname === rpId || hostname.endsWith(`.${rpId}`)
    return fits
      ? []
      : [`webauthn.origins.${index} was "${origin}": allowed are ${rpId} and what is below it`]
  })
}

/**
 * Whose passkeys a house takes: as configured, else by the page's own address, where that is one that browsers take
 * (https, or localhost) and is known before it listens. `undefined`: no passkeys.
 */
export function relyingPartyOf(
  configured: WebauthnConfig | undefined,
  websocket: ListenConfig['websocket'],
): RelyingParty | undefined {
  if (configured !== undefined) return configured
  if (websocket === undefined || websocket.port === 0) return undefined
  const { host, port, tls } = websocket
  if (!domain.test(host) || isIP(host) !== 0) return undefined
  const scheme = tls === undefined ? 'http' : 'https'
  const origin = new URL(`${scheme}://${host}:${port}`).origin
  return isOrigin(origin) ? { rpId: host, origins: [origin], name: 'Latchkey' } : undefined
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin, protocol, hostname } = new URL(text)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  return origin === text && (protocol === 'https:' || (protocol === 'http:' && isLocal))
}

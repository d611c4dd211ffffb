import { z } from 'zod'
import { ruleSchema, type RuleConfig } from './rule-definition.ts'

/** Roles that the router gives by itself; a configured component cannot pose as one. */
export const ownRoles: readonly string[] = [
  'person',
  'device',
  'operator',
  'service',
  'provisioning',
  'anonymous',
]

/** Kinds of parties that a realm can have. */
const kinds = ['person', 'device', 'component', 'anonymous', 'operator', 'provisioning'] as const

/** A component of an integrator: known by a key or a ticket. */
const principalSchema = z
  .strictObject({
    authid: z.string().regex(/^[a-z0-9_]+$/, 'allowed are lower-case letters, digits and _'),
    role: z.string().refine((role) => role !== '' && !ownRoles.includes(role), {
      message: `allowed is any role but ${ownRoles.join(', ')}`,
    }),
    ticket: z.string().min(16, 'a ticket needs at least 16 characters').optional(),
    ticketSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a SHA-256 is 64 lower-case hex digits')
      .optional(),
    publicKey: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'an Ed25519 key is 64 lower-case hex digits')
      .optional(),
  })
  .refine(({ ticket, ticketSha256, publicKey }) => ticket ?? ticketSha256 ?? publicKey, {
    message: 'one of ticket, ticketSha256 and publicKey is needed',
  })

/** A realm as configuration. */
export const realmSchema: z.ZodType<RealmConfig> = z.strictObject({
  uri: z
    .string()
    .regex(
      /^[^\s.#]+(\.[^\s.#]+)*$/,
      'a realm is a URI: parts without blanks or #, joined by dots',
    ),
  authmethods: z.array(z.enum(['ticket', 'cryptosign', 'anonymous'])).min(1),
  shutdown: z.enum(['goodbye', 'close']).default('goodbye'),
  strictUris: z.boolean().default(false),
  tolerate: z
    .strictObject({
      unannouncedFeatures: z.boolean().default(true),
      progressWithoutCanceling: z.boolean().default(true),
      requestIdGaps: z.boolean().default(true),
    })
    .prefault({}),
  messagesPerSecond: z.partialRecord(z.enum(kinds), z.number().int().min(1)).default({}),
  principals: z.array(principalSchema).default([]),
  rules: z.array(ruleSchema).default([]),
})

/** A realm of the configuration, complete. */
export interface RealmConfig {
  readonly uri: string
  readonly authmethods: readonly ('ticket' | 'cryptosign' | 'anonymous')[]
  readonly shutdown: 'goodbye' | 'close'
  readonly strictUris: boolean
  /** Rules that clients in wide use break: `true` lets them. */
  readonly tolerate: {
    readonly unannouncedFeatures: boolean
    readonly progressWithoutCanceling: boolean
    readonly requestIdGaps: boolean
  }
  /** By kind of party, where it differs from the engine's limit. */
  readonly messagesPerSecond: Readonly<Partial<Record<(typeof kinds)[number], number>>>
  readonly principals: readonly {
    readonly authid: string
    readonly role: string
    readonly ticket?: string | undefined
    readonly ticketSha256?: string | undefined
    readonly publicKey?: string | undefined
  }[]
  readonly rules: readonly RuleConfig[]
}

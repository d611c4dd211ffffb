import { z } from 'zod'
import type { StaticPrincipal } from '../authenticators/principals.ts'
import { authenticatorSchema, type AuthenticatorConfig } from './authenticator-definition.ts'
import { authorizerSchema, type AuthorizerConfig } from './authorizer-definition.ts'
import {
  payloadRuleSchema,
  schemasSchema,
  type PayloadRuleConfig,
  type SchemasConfig,
} from './payload-definition.ts'
import { definitionSchema, type DefinitionConfig } from './reflection-definition.ts'
import { principalSchema } from './principal-definition.ts'
import { ruleSchema, type RuleConfig } from './rule-definition.ts'
import { topicSchema, type TopicConfig } from './topic-definition.ts'

/** Kinds of parties that a realm can have. */
const kinds = ['person', 'device', 'component', 'anonymous', 'operator', 'provisioning'] as const

/** Ways to join a realm; `wamp-scram` is the specification's dialect, `scram` autobahn's. */
const authmethods = [
  'ticket',
  'wampcra',
  'wamp-scram',
  'scram',
  'cryptosign',
  'tls',
  'cookie',
  'anonymous',
] as const

/** A realm as configuration. */
export const realmSchema: z.ZodType<RealmConfig> = z.strictObject({
  uri: z
    .string()
    .regex(
      /^[^\s.#]+(\.[^\s.#]+)*$/,
      'a realm is a URI: parts without blanks or #, joined by dots',
    ),
  authmethods: z.array(z.enum(authmethods)).min(1),
  shutdown: z.enum(['goodbye', 'close']).default('goodbye'),
  strictUris: z.boolean().default(false),
  tolerate: z
    .strictObject({
      unannouncedFeatures: z.boolean().default(true),
      progressWithoutCanceling: z.boolean().default(true),
      requestIdGaps: z.boolean().default(true),
    })
    .prefault({}),
  resumption: z.boolean().default(true),
  messagesPerSecond: z.partialRecord(z.enum(kinds), z.number().int().min(1)).default({}),
  principals: z.array(principalSchema).default([]),
  authenticator: authenticatorSchema.optional(),
  routerKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'an Ed25519 seed is 64 lower-case hex digits')
    .optional(),
  tellUnknownPrincipals: z.boolean().optional(),
  rules: z.array(ruleSchema).default([]),
  topics: z.array(topicSchema).max(1_000).default([]),
  authorizer: authorizerSchema.optional(),
  accounting: z.enum(['notable', 'all']).optional(),
  schemas: schemasSchema.optional(),
  payloads: z.array(payloadRuleSchema).optional(),
  definitions: z.array(definitionSchema).optional(),
})

/** A realm of the configuration, complete. */
export interface RealmConfig {
  readonly uri: string
  readonly authmethods: readonly (typeof authmethods)[number][]
  readonly shutdown: 'goodbye' | 'close'
  readonly strictUris: boolean
  /** Rules that clients in wide use break: `true` lets them. */
  readonly tolerate: {
    readonly unannouncedFeatures: boolean
    readonly progressWithoutCanceling: boolean
    readonly requestIdGaps: boolean
  }
  /** Whether clients can take their sessions up again after a lost connection. */
  readonly resumption: boolean
  /** By kind of party, where it differs from the engine's limit. */
  readonly messagesPerSecond: Readonly<Partial<Record<(typeof kinds)[number], number>>>
  readonly principals: readonly StaticPrincipal[]
  /** Who is asked about names, keys and certificates that are not among the principals. */
  readonly authenticator?: AuthenticatorConfig | undefined
  /** Ed25519, 32 bytes in hex: by which the router proves itself to clients that ask (cryptosign). */
  readonly routerKey?: string | undefined
  /** `true`: whoever asks learns which names and roles there are. */
  readonly tellUnknownPrincipals?: boolean | undefined
  readonly rules: readonly RuleConfig[]
  /** Topics whose events are kept. */
  readonly topics: readonly TopicConfig[]
  /** Who decides for some of the roles, instead of rules. */
  readonly authorizer?: AuthorizerConfig | undefined
  /** Which decisions leave a record; absent: denials and what is done at level 1. */
  readonly accounting?: 'notable' | 'all' | undefined
  readonly schemas?: SchemasConfig | undefined
  /** Which payloads must fit which of the schemas. */
  readonly payloads?: readonly PayloadRuleConfig[] | undefined
  /** What is described by reflection for as long as the router runs. */
  readonly definitions?: readonly DefinitionConfig[] | undefined
}

import { z } from 'zod'
import type { PayloadSchema, SchemaNames } from '../authorizers/schemas.ts'
import type { Match } from '../router/access.ts'

const jsonSchema = z.union([z.boolean(), z.record(z.string(), z.unknown())])

/** What payloads are like, by name: JSON Schemas of the arguments. */
export const schemasSchema: z.ZodType<SchemasConfig> = z.record(
  z.string().min(1),
  z.strictObject({ args: jsonSchema.optional(), kwargs: jsonSchema.optional() }),
)

const name = z.string().min(1).optional()

/** Which of them is for which message of a procedure or topic. */
export const payloadRuleSchema: z.ZodType<PayloadRuleConfig> = z.strictObject({
  uri: z.string(),
  match: z.enum(['exact', 'prefix', 'wildcard']).default('exact'),
  call: name,
  callProgress: name,
  callResult: name,
  callResultProgress: name,
  callError: name,
  event: name,
  sealed: z.enum(['pass', 'refuse']).default('pass'),
})

export type SchemasConfig = Readonly<Record<string, PayloadSchema>>

/** A rule of the configuration, complete. */
export interface PayloadRuleConfig extends SchemaNames {
  readonly uri: string
  readonly match: Match
  /** Whether payloads in passthru mode pass unseen. */
  readonly sealed: 'pass' | 'refuse'
}

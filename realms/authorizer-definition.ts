import { z } from 'zod'

/** A component of the integrator's that decides. */
export const authorizerSchema: z.ZodType<AuthorizerConfig> = z.strictObject({
  procedure: z.string().min(1),
  role: z.string().min(1),
  decides: z.array(z.string().min(1)).min(1),
  timeoutMs: z.int().min(1).max(60_000).default(2_000),
})

/** A dynamic authorizer of the configuration, complete. */
export interface AuthorizerConfig {
  /** Exact URI of the procedure that the component offers. */
  readonly procedure: string
  /** The only role that can offer it. */
  readonly role: string
  /** The roles about whose actions it is asked. */
  readonly decides: readonly string[]
  /** How long it may take; no answer is a denial. */
  readonly timeoutMs: number
}

import { z } from 'zod'

/** The methods about which a component can be asked: what proves is checked by the router, or is the ticket itself. */
const methods = ['ticket', 'wampcra', 'cryptosign', 'tls'] as const

/** A component of the integrator's that says who somebody is. */
export const authenticatorSchema: z.ZodType<AuthenticatorConfig> = z.strictObject({
  procedure: z.string().min(1),
  role: z.string().min(1),
  realm: z.string().min(1).optional(),
  methods: z.array(z.enum(methods)).min(1),
  // Who joins has five seconds for all of it.
  timeoutMs: z.int().min(1).max(60_000).default(2_000),
})

/** A dynamic authenticator of the configuration, complete. */
export interface AuthenticatorConfig {
  /** Exact URI of the procedure that the component offers. */
  readonly procedure: string
  /** The only role that can offer it. */
  readonly role: string
  /** Where it is offered; absent: in the realm that is joined. */
  readonly realm?: string | undefined
  /** For which methods it is asked about names, keys and certificates that the configuration does not know. */
  readonly methods: readonly (typeof methods)[number][]
  /** How long it may take; no answer refuses the join. */
  readonly timeoutMs: number
}

import { z } from 'zod'

const action = z.boolean().default(false)

/** What a rule that says no may answer with. All three are no. */
const denials = ['not_authorized', 'authorization_denied', 'authorization_required'] as const

/** One static rule: what a role may do under a URI. */
export const ruleSchema: z.ZodType<RuleConfig> = z.strictObject({
  role: z.string().min(1),
  uri: z.string(),
  match: z.enum(['exact', 'prefix', 'wildcard']).default('exact'),
  allow: z.strictObject({ call: action, register: action, subscribe: action, publish: action }),
  disclose: z.boolean().optional(),
  trustlevel: z.int().min(0).optional(),
  denial: z.enum(denials).optional(),
})

/** A rule of the configuration, complete. */
export interface RuleConfig {
  readonly role: string
  readonly uri: string
  readonly match: 'exact' | 'prefix' | 'wildcard'
  readonly allow: {
    readonly call: boolean
    readonly register: boolean
    readonly subscribe: boolean
    readonly publish: boolean
  }
  /** `true`: receivers always learn who it was; `false`: never. Absent: as the options say. */
  readonly disclose?: boolean | undefined
  /** How far whoever has the role is trusted there: 0 is least. */
  readonly trustlevel?: number | undefined
  /** What is answered where the rule says no. Absent: `not_authorized`. */
  readonly denial?: (typeof denials)[number] | undefined
}

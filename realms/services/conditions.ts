import { z } from 'zod'
import type { Conditions } from '../../ecosystems/store/store.ts'
import type { Dict } from '../../router/wire/message.ts'
import { duration, durationMs } from './inputs.ts'

type Words<T extends string> = z.ZodEnum<{ readonly [Word in T]: Word }>

const acr: Words<'none' | 'aal1' | 'aal2' | 'aal3'> = z.enum(['none', 'aal1', 'aal2', 'aal3'])
const approval: Words<'none' | 'owner'> = z.enum(['none', 'owner'])

/** What a capability can ask for beyond its level, as keys of an input. What is absent stays as it is. */
export const conditionKeys: {
  acr: z.ZodOptional<typeof acr>
  max_age: z.ZodOptional<z.ZodUnion<readonly [typeof duration, z.ZodLiteral<'none'>]>>
  approval: z.ZodOptional<typeof approval>
  presence: z.ZodOptional<z.ZodBoolean>
  assert: z.ZodOptional<z.ZodBoolean>
} = {
  acr: acr.optional().describe('how strongly whoever asks must have proven who he is'),
  max_age: z
    .union([duration, z.literal('none')], { error: 'none, or a number and s, m, h or d' })
    .optional()
    .describe('how long ago at most, for instance 5m'),
  approval: approval.optional().describe('whose word each who asks has to wait for'),
  presence: z.boolean().optional().describe('whether whoever asks must be at the device'),
  assert: z
    .boolean()
    .optional()
    .describe("whether the device gets the house's signed word on who asks for what"),
}

/** Values of `conditionKeys`. */
export interface ConditionInput {
  readonly acr?: z.output<typeof acr> | undefined
  readonly max_age?: string | undefined
  readonly approval?: z.output<typeof approval> | undefined
  readonly presence?: boolean | undefined
  readonly assert?: boolean | undefined
}

/** The conditions that hold when `input` is said over `before`. */
export function conditionsOf(input: ConditionInput, before: Conditions = {}): Conditions {
  const next = {
    acr: input.acr ?? before.acr ?? 'none',
    maxAgeMs: maxAgeOf(input.max_age, before),
    approval: input.approval ?? before.approval ?? 'none',
    presence: input.presence ?? before.presence ?? false,
    assert: input.assert ?? before.assert ?? false,
  }
  return {
    ...(next.acr !== 'none' && { acr: next.acr }),
    ...(next.maxAgeMs !== undefined && { maxAgeMs: next.maxAgeMs }),
    ...(next.approval !== 'none' && { approval: next.approval }),
    ...(next.presence && { presence: true }),
    ...(next.assert && { assert: true }),
  }
}

/** Conditions as they go over the wire. */
export function viewOf({ maxAgeMs, ...rest }: Conditions): Dict {
  return { ...rest, ...(maxAgeMs !== undefined && { max_age_ms: maxAgeMs }) }
}

function maxAgeOf(input: string | undefined, { maxAgeMs }: Conditions): number | undefined {
  if (input === undefined) return maxAgeMs
  return input === 'none' ? undefined : durationMs(input)
}

import { z } from 'zod'

/** A procedure, topic or error that is described for all who may use it, whoever offers it. */
export const definitionSchema: z.ZodType<DefinitionConfig> = z.looseObject({
  uri: z.string().min(1),
  type: z.enum(['procedure', 'topic', 'error']),
})

/** Further keys are the description. */
export interface DefinitionConfig {
  readonly uri: string
  readonly type: 'procedure' | 'topic' | 'error'
  readonly [key: string]: unknown
}

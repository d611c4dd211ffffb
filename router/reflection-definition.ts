import type { Dict } from './wire/message.ts'
import { checkUri } from './wire/uri.ts'

/** What can be described (rfc/text/advanced/interface_reflection.md). */
export const definitionTypes = ['procedure', 'topic', 'error'] as const

export type DefinitionType = (typeof definitionTypes)[number]

/** The description of one procedure, topic or error. */
export interface ReflectedDefinition {
  readonly uri: string
  readonly type: DefinitionType
  /** Whatever its maker finds worth saying: nobody but people and tools reads it. */
  readonly [key: string]: unknown
}

export function isDefinitionType(value: unknown): value is DefinitionType {
  return definitionTypes.some((type) => type === value)
}

/** How long a description may be, as bytes of JSON, where a configuration makes it. */
const longestConfigured = 16_384

/** What is wrong with a definition; `undefined`: nothing. */
export function definitionFault(
  uri: string,
  type: unknown,
  description: Dict,
  maxBytes: number = longestConfigured,
): string | undefined {
  if (!isDefinitionType(type)) return `type must be one of ${definitionTypes.join(', ')}`
  const fault = checkUri(uri)
  if (fault !== undefined) return fault
  const bytes = jsonBytes(description)
  if (bytes === undefined) return 'the description must be writable as JSON'
  if (bytes > maxBytes) return `the description has ${bytes} bytes as JSON, allowed are ${maxBytes}`
  return undefined
}

function jsonBytes(description: Dict): number | undefined {
  try {
    return Buffer.byteLength(JSON.stringify(description))
  } catch {
    return undefined
  }
}

import type { z } from 'zod'
import type { Dict } from '../../router/wire/message.ts'

const longestFound = 60

/**
 * One sentence for an input that its schema refused: which key, what was found, what is allowed. Values under
 * `secrets` are never repeated.
 */
export function describeInvalidInput(
  error: z.ZodError,
  input: Dict,
  schema: z.ZodObject,
  secrets: readonly string[],
): string {
  return error.issues.map((issue) => describe(issue, input, schema, secrets)).join('; ')
}

function describe(
  issue: z.core.$ZodIssue,
  input: Dict,
  schema: z.ZodObject,
  secrets: readonly string[],
): string {
  const key = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((name) => `"${shortened(name)}"`).join(', ')
    if (key !== '') return `${key}: unknown key ${unknown}`
    const keys = Object.keys(schema.shape)
    return `unknown key ${unknown}, allowed is ${keys.length === 0 ? 'none' : keys.join(', ')}`
  }
  const value = valueAt(input, issue.path)
  const found = secrets.includes(String(issue.path[0])) ? 'something else' : shown(value)
  return value === undefined
    ? `${key}: missing, needed: ${allowedBy(issue)}`
    : `${key}: found ${found}, allowed is ${allowedBy(issue)}`
}

/** Our own schemas say in their message what is allowed; for the others it is read from the issue. */
function allowedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return issue.values.map((value) => String(value)).join(', ')
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `a ${issue.expected}`
  return issue.message
}

function valueAt(input: Dict, path: readonly PropertyKey[]): unknown {
  let value: unknown = input
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value
}

function shown(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  try {
    return shortened(JSON.stringify(value) ?? typeof value)
  } catch {
    return `a ${typeof value}`
  }
}

function shortened(text: string): string {
  return text.length > longestFound ? `${text.slice(0, longestFound)}…` : text
}

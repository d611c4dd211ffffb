/** Why the domain refused: a closed list, for programs. The message is for people. */
export type DomainErrorCode =
  'not_found' | 'conflict' | 'invalid_argument' | 'invalid_state' | 'unavailable' | 'rate_limited'

/**
 * A change or question that the domain refuses.
 * `unavailable`: the store could not keep the change; what takes a right away holds in memory all the same.
 */
export class DomainError extends Error {
  readonly code: DomainErrorCode

  constructor(code: DomainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DomainError'
    this.code = code
  }
}

/** Too many attempts: a code `rate_limited`, and when to come again. */
export class RateLimited extends DomainError {
  readonly retryAfterMs: number

  constructor(bound: string, retryAfterMs: number) {
    super('rate_limited', `too many attempts (${bound}): come again in ${retryAfterMs} ms`)
    this.retryAfterMs = retryAfterMs
  }
}

/** Refuses a value, saying which key it was for, what was found and what is allowed. */
export function invalid(key: string, found: unknown, allowed: string): DomainError {
  return new DomainError(
    'invalid_argument',
    `${key}: found ${printable(found)}, allowed is ${allowed}`,
  )
}

/** Refuses a reference to what does not exist. */
export function missing(kind: string, id: string): DomainError {
  return new DomainError('not_found', `there is no ${kind} ${printable(id)}`)
}

/** Refuses one more of something. */
export function full(key: string, max: number): DomainError {
  return new DomainError('invalid_state', `${key}: there are ${max}, which is the bound`)
}

/** What was given is shown, but never so long that an error becomes a burden. */
function printable(value: unknown): string {
  let text: string
  try {
    text = JSON.stringify(value) ?? String(value)
  } catch {
    text = typeof value
  }
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

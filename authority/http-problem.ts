/** A request that is refused, as OAuth says it: a status, a code, and a sentence for people. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  readonly error: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    error: string,
    description: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(description)
    this.status = status
    this.error = error
    this.headers = headers
  }
}

/** The request is not one. */
export function invalidRequest(description: string): HttpProblem {
  return new HttpProblem(400, 'invalid_request', description)
}

/** It is no fault of the request: the same may work in a moment. */
export function unavailable(cause: unknown): HttpProblem {
  const problem = new HttpProblem(
    503,
    'temporarily_unavailable',
    'this cannot be found out at present',
    { 'retry-after': '5' },
  )
  problem.cause = cause
  return problem
}

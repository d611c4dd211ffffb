import { ProofError } from './proof-error.ts'

/** What one claim must be like. */
export interface Claim<T> {
  readonly is: (value: unknown) => value is T
  readonly optional?: boolean
}

/** Exactly these claims, and no other. */
export type Shape<T> = {
  readonly [Key in keyof T]-?: undefined extends T[Key]
    ? Claim<NonNullable<T[Key]>> & { readonly optional: true }
    : Claim<T[Key]>
}

/** @throws ProofError `malformed` naming the claim that is missing, too much or of another kind */
export function readShape<T>(value: unknown, shape: Shape<T>): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProofError('malformed', 'the claims are no dictionary')
  const claims = value as Record<string, unknown>
  for (const key of Object.keys(claims))
    if (!Object.hasOwn(shape, key)) throw new ProofError('malformed', `there is a claim too much`)
  for (const [key, claim] of Object.entries<Claim<unknown>>(shape)) {
    const isThere = Object.hasOwn(claims, key)
    if (isThere ? !claim.is(claims[key]) : claim.optional !== true)
      throw new ProofError('malformed', `the claim ${key} is ${isThere ? 'not valid' : 'missing'}`)
  }
  return claims as T
}

export function text(pattern: RegExp, maxLength: number): Claim<string> {
  return {
    is: (value): value is string =>
      typeof value === 'string' && value.length <= maxLength && pattern.test(value),
  }
}

export function whole(min: number, max: number): Claim<number> {
  return {
    is: (value): value is number =>
      Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  }
}

export function listOf<T>(item: Claim<T>, maxLength: number): Claim<readonly T[]> {
  return {
    is: (value): value is readonly T[] =>
      Array.isArray(value) && value.length <= maxLength && value.every((each) => item.is(each)),
  }
}

export function optional<T>(claim: Claim<T>): Claim<T> & { readonly optional: true } {
  return { ...claim, optional: true }
}

export function dictOf<T>(shape: Shape<T>): Claim<T> {
  return {
    is: (value): value is T => {
      try {
        readShape(value, shape)
        return true
      } catch {
        // Told by whoever asked, as what this is a part of.
        return false
      }
    },
  }
}

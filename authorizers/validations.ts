import type { PayloadCheck, Validation } from '../router/access.ts'

const checkKeys = [
  'call',
  'callProgress',
  'callResult',
  'callResultProgress',
  'callError',
  'event',
] as const

/** What fits all of them; `undefined` where there is none. */
export function allOf(validations: readonly Validation[]): Validation | undefined {
  const [first, ...others] = validations
  return others.reduce<Validation | undefined>(
    (both, each) => (both === undefined ? each : together(both, each)),
    first,
  )
}

function together(one: Validation, other: Validation): Validation {
  const checks = checkKeys.flatMap((key) => {
    const check = inTurn(one[key], other[key])
    return check === undefined ? [] : [[key, check] as const]
  })
  const refusesSealed = one.refusesSealed === true || other.refusesSealed === true
  return { ...Object.fromEntries(checks), ...(refusesSealed && { refusesSealed }) }
}

/** The first fault that is found. */
function inTurn(
  one: PayloadCheck | undefined,
  other: PayloadCheck | undefined,
): PayloadCheck | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return (payload) => one(payload) ?? other(payload)
}

import type { PayloadCheck, Validation } from './access.ts'
import { usesPassthru } from './passthru.ts'
import type { Dict } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

/**
 * What is wrong with a payload, for people; `undefined`: it fits. One in passthru mode, as its options or details
 * tell, is not opened.
 */
export function misfit(
  { refusesSealed = false }: Validation,
  check: PayloadCheck | undefined,
  payload: Payload,
  options: Dict,
): string | undefined {
  if (!usesPassthru(options)) return check?.(payload)
  return refusesSealed ? 'what is in payload passthru mode cannot be validated' : undefined
}

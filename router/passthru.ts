import { emptyDict, type Dict } from './wire/message.ts'

/** The attributes of payload passthru mode (rfc/text/advanced/payload_passthru_mode.md). */
const keys = ['ppt_scheme', 'ppt_serializer', 'ppt_cipher', 'ppt_keyid'] as const

/** Whether the payload is not for the router to look into: the options or details name a scheme. */
export function usesPassthru(options: Dict): boolean {
  if (options === emptyDict) return false
  const { ppt_scheme: scheme } = options
  return typeof scheme === 'string' && scheme !== ''
}

/** The passthru attributes alone, to be handed on as they are: the router neither reads nor judges them. */
export function passthruOf(options: Dict): Dict {
  const attributes: Record<string, unknown> = {}
  for (const key of keys) {
    if (options[key] !== undefined) attributes[key] = options[key]
  }
  return attributes
}

/** Options or details without the passthru attributes. */
export function withoutPassthru(options: Dict): Dict {
  return Object.fromEntries(
    Object.entries(options).filter(([key]) => !keys.some((known) => known === key)),
  )
}

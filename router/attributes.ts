import { emptyDict, type Dict } from './wire/message.ts'

/** With which implementation-specific keys begin (rfc/text/basic/messages.md, "Extensibility"). */
const sign = 0x5f

/**
 * The implementation-specific attributes of options, whose names begin with `_`; `undefined`: there are none. What
 * they say may decide about the message, so it is never decided by what was kept for its URI. Receivers never get
 * a client's: what begins so in what they get is the router's own word.
 */
export function attributesOf(options: Dict): Dict | undefined {
  if (options === emptyDict) return undefined
  let attributes: Record<string, unknown> | undefined
  for (const key of Object.keys(options)) {
    if (isAttribute(key)) (attributes ??= {})[key] = options[key]
  }
  return attributes
}

/** Details without them: as they are where there are none. */
export function withoutAttributes(details: Dict): Dict {
  if (attributesOf(details) === undefined) return details
  return Object.fromEntries(Object.entries(details).filter(([key]) => !isAttribute(key)))
}

export function isAttribute(key: string): boolean {
  return key.charCodeAt(0) === sign
}

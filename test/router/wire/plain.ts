import { emptyDict, type Message } from '../../../router/wire/message.ts'

/** A message as an object like any other, with its payload decoded, to be compared with another. */
export function plain(message: Message): Record<string, unknown> {
  const fields = Object.entries(message).map(([name, value]: [string, unknown]) => [
    name,
    value === emptyDict ? {} : value,
  ])
  const object = Object.fromEntries(fields) as Record<string, unknown>
  if ('payload' in message) object['payload'] = { ...message.payload.values() }
  return object
}

import type { Message } from '../../../router/wire/message.ts'

/** A message with its payload decoded, to be compared with another. */
export function plain(message: Message): Record<string, unknown> {
  return 'payload' in message
    ? { ...message, payload: { ...message.payload.values() } }
    : { ...message }
}

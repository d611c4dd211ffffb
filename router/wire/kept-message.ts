import type { Message } from './message.ts'

/** A message that has to wait: of all that a socket brought with it, only its own payload stays in memory. */
export function keptMessage(message: Message): Message {
  if (!('payload' in message)) return message
  const payload = message.payload.kept()
  return payload === message.payload ? message : { ...message, payload }
}

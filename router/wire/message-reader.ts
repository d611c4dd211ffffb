import type { Elements } from './elements.ts'
import type { Message } from './message.ts'
import { countHead, parseMessage } from './parse.ts'
import { Payload } from './payload.ts'

/**
 * The message of a frame that was scanned. Shared by all serializers: measured, a copy in each of them, for the sake of
 * call sites that see one function only, is no faster.
 * @param readHead reads one element of the head
 * @param slicePayload takes the elements behind the head, of which there is one or two, as they are
 * @throws WampError `wamp.error.protocol_violation`
 */
export function readMessage(
  frame: Buffer,
  elements: Elements,
  readHead: (frame: Buffer, index: number) => unknown,
  slicePayload: (frame: Buffer, head: number, count: number) => Payload,
): Message {
  const count = elements.count
  const type = count === 0 ? undefined : readHead(frame, 0)
  const length = countHead(type, count)
  const head: unknown[] = [type]
  for (let i = 1; i < length; i++) head.push(readHead(frame, i))
  return parseMessage(head, count === length ? Payload.empty : slicePayload(frame, length, count))
}

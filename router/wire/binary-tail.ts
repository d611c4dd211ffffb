import type { Dict } from './message.ts'
import type { PayloadValues } from './payload.ts'

/** Writes values one after the other. */
interface ValueWriter {
  readonly written: Uint8Array
  value(value: unknown, depth: number): void
}

/** Arguments and ArgumentsKw as the tail of a frame in which elements follow one another (MessagePack, CBOR). */
export function writeTail(writer: ValueWriter, { args, kwargs }: PayloadValues): Buffer {
  if (args !== undefined || kwargs !== undefined) writer.value(args ?? [], 1)
  if (kwargs !== undefined) writer.value(kwargs, 1)
  return Buffer.from(writer.written)
}

/** Reads such a tail back. `count`: the number of its elements, 1 or 2. */
export function readTail(reader: { value(): unknown }, count: number): PayloadValues {
  const args = reader.value() as unknown[]
  return count === 1 ? { args } : { args, kwargs: reader.value() as Dict }
}

/** Seven elements of at most sixteen digits, with what stands between them. */
const bytes: Uint8Array = new Uint8Array(128)

/**
 * Where the head of the message that is being written is put together before its length is known. Shared by all
 * serializers, as a message is written in one go.
 */
export const headBytes: Uint8Array = bytes

/** Byte by byte: the view that a block copy needs costs more than so few bytes do. */
export function copyHead(target: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) target[at + i] = bytes[i] ?? 0
}

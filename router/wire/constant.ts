import type { Dict } from './message.ts'

/**
 * A dict that goes out again and again and never changes: each codec writes it once and copies that from then on. To
 * be put where the dict would stand in what the router itself sends; no message that comes in has one.
 */
export class Constant {
  readonly value: Dict
  /** As the codecs wrote it. Theirs alone. */
  json: string | undefined
  jsonBytes: Uint8Array | undefined
  msgpack: Uint8Array | undefined
  cbor: Uint8Array | undefined

  constructor(value: Dict) {
    this.value = value
  }
}

import type { Message } from './message.ts'
import type { Serializer } from './serializer.ts'

/** One message for many receivers: encoded once per serializer, however many they are. */
export class SharedMessage {
  readonly message: Message
  #frames: Map<Serializer, Buffer> | undefined

  constructor(message: Message) {
    this.message = message
  }

  frameFor(serializer: Serializer): Buffer {
    let frame = this.#frames?.get(serializer)
    if (frame === undefined) {
      frame = serializer.encode(this.message)
      this.#frames ??= new Map()
      this.#frames.set(serializer, frame)
    }
    return frame
  }
}

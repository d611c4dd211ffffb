import { bare, type FrameHead } from './frame-head.ts'
import { keptMessage } from './kept-message.ts'
import type { Message } from './message.ts'
import type { Serializer } from './serializer.ts'

/** One message for many receivers: encoded once per serializer and kind of transport, however many they are. */
export class SharedMessage {
  #message: Message
  // Of the commonest case, in which all receivers are alike.
  #serializer: Serializer | undefined
  #head: FrameHead | undefined
  #frame: Buffer | undefined
  #others: Map<Serializer, Map<FrameHead, Buffer>> | undefined

  constructor(message: Message) {
    this.#message = message
  }

  get message(): Message {
    return this.#message
  }

  /** It has to wait: what came in beside it is not to stay in memory for it. */
  keep(): void {
    this.#message = keptMessage(this.#message)
  }

  /** The finished frame: the same bytes are handed to all receivers, and nobody may change them. */
  frameFor(serializer: Serializer, head: FrameHead = bare): Buffer {
    if (this.#frame === undefined) {
      this.#frame = serializer.encode(this.#message, head)
      this.#serializer = serializer
      this.#head = head
    } else if (serializer !== this.#serializer || head !== this.#head) {
      return this.#otherFor(serializer, head)
    }
    return this.#frame
  }

  #otherFor(serializer: Serializer, head: FrameHead): Buffer {
    this.#others ??= new Map()
    let byHead = this.#others.get(serializer)
    if (byHead === undefined) this.#others.set(serializer, (byHead = new Map()))
    let frame = byHead.get(head)
    if (frame === undefined) byHead.set(head, (frame = serializer.encode(this.#message, head)))
    return frame
  }
}

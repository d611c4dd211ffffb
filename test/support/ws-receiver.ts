import type { Writable } from 'node:stream'
import * as ws from 'ws'

interface ReceiverOptions {
  readonly isServer: boolean
  readonly skipUTF8Validation?: boolean
}

/** The receiver of ws, whose types leave it out: the oracle for what frames mean. */
export const Receiver: new (options: ReceiverOptions) => Writable = (
  ws as unknown as { Receiver: new (options: ReceiverOptions) => Writable }
).Receiver

import type { Socket } from 'node:net'

/** What carries a client's messages. */
export interface Line {
  write(bytes: Buffer): void
  /** Closes in order. */
  end(): void
  /** Breaks the connection off. */
  destroy(): void
  /** The raw socket, to stop and go on reading; `undefined` where there is not one. */
  readonly socket: Socket | undefined
  /** Resolves when the transport is gone, with its close code where it has one. */
  readonly closed: Promise<number>
}

const nothing: Buffer = Buffer.alloc(0)

/**
 * Where a codec puts a frame together. A transport that gathers frames gives room behind those that it has already:
 * so a message that passes through costs no memory of its own and is copied once.
 */
export interface FrameSpace {
  /** What the frame is to be written into. Another after each `reserve`. */
  readonly bytes: Buffer
  /** Makes room for a frame of `length` bytes. Returns where in `bytes` it begins. */
  reserve(length: number): number
}

/** Gives each frame memory of its own. */
export class OwnFrame implements FrameSpace {
  bytes: Buffer = nothing

  reserve(length: number): number {
    this.bytes = Buffer.allocUnsafe(length)
    return 0
  }

  /** The frame that was written, which is not held on to. */
  take(): Buffer {
    const { bytes } = this
    this.bytes = nothing
    return bytes
  }
}

/** A value of a MessagePack extension type that has no meaning here. Kept as it is for peers that know it. */
export class Extension {
  /** -128 to 127. */
  readonly type: number
  readonly data: Uint8Array

  constructor(type: number, data: Uint8Array) {
    this.type = type
    this.data = data
  }
}

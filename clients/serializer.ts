/** What `wampy/MsgpackSerializer.js` and `wampy/CborSerializer.js` are, too. */
export interface Serializer {
  /** What follows `wamp.2.` in the subprotocol. */
  readonly protocol: string
  readonly isBinary: boolean
  encode(data: unknown): string | ArrayBuffer | Uint8Array
  decode(data: string | ArrayBuffer | Uint8Array): unknown
}

/** JSON, for browser and Node. */
export const jsonSerializer: Serializer = {
  protocol: 'json',
  isBinary: false,
  encode: (data) => JSON.stringify(data),
  decode(data) {
    if (typeof data !== 'string') throw new TypeError('a binary frame came where JSON is spoken')
    return JSON.parse(data) as unknown
  },
}

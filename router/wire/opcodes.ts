/** Opcodes of WebSocket (RFC 6455, 11.8). */
export const opcodes: Readonly<
  Record<'continuation' | 'text' | 'binary' | 'close' | 'ping' | 'pong', number>
> = Object.freeze({
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
})

/**
 * The y coordinates of all points of small order, with bit 255 (the sign of x) cleared; y and y + p alike.
 * Under such a key a signature can be made by anybody: OpenSSL takes R = the neutral point and S = 0 for at least
 * every eighth message.
 */
const weakKeys: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Whether an Ed25519 public key (32 bytes) proves nothing because anybody can sign for it. */
export function isWeakKey(publicKey: Buffer): boolean {
  const y = Buffer.from(publicKey)
  y.writeUInt8(y.readUInt8(31) & 0x7f, 31)
  return weakKeys.has(y.toString('hex'))
}

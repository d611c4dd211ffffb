/** The separators of a JSON batch that are in use: RFC text and its octal reading of the same escape. */
const recordSeparator = 0x1e

/** A message as a batch of one, with a framing that is not ours. */
export function batchOf(format: string, message: Buffer): Buffer {
  if (format === 'json') return Buffer.concat([message, Buffer.of(recordSeparator)])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  return Buffer.concat([length, message])
}

/** The messages of a batch. Throws where it is not one. */
export function messagesOf(format: string, batch: Buffer): Buffer[] {
  const messages: Buffer[] = []
  let at = 0
  while (at < batch.length) {
    const isJson = format === 'json'
    const start = isJson ? at : at + 4
    const end = isJson ? batch.indexOf(recordSeparator, at) : start + batch.readUInt32BE(at)
    if (end < start || end > batch.length) throw new Error(`no batch: ${batch.toString('hex')}`)
    messages.push(batch.subarray(start, end))
    at = isJson ? end + 1 : end
  }
  return messages
}

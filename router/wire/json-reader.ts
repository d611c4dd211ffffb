/**
 * A value from JSON that was proven well-formed. Strings of U+0000 and base64 become bytes
 * (rfc/text/advanced/serialization_binary_json.md).
 */
export function readJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes('"\\u0000') ? withBytes(value) : value
}

function withBytes(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('\0') ? (bytesOf(value) ?? value) : value
  if (typeof value !== 'object' || value === null) return value
  // Every key is an own one, also `__proto__`: JSON.parse defines properties, and an own one is assigned to as such.
  const items = value as Record<string, unknown>
  for (const key of Object.keys(items)) items[key] = withBytes(items[key])
  return value
}

/** What is not exactly the base64 of some bytes remains a string, so that it goes out again as it came in. */
function bytesOf(text: string): Buffer | undefined {
  const base64 = text.slice(1)
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : undefined
}

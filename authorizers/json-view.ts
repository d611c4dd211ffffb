/** Of no type that JSON Schema knows, so that whatever demands a type refuses it. */
const foreign = Symbol('no JSON')

/**
 * A value as JSON Schema is to see it. Bytes, times and extensions of MessagePack and CBOR are objects to JavaScript:
 * where a schema demands an object they would pass, and the receiver would get what it is not made for.
 * The value itself where there is none of these in it, as nearly always.
 */
export function jsonView(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value as readonly unknown[]
    const views = items.map(jsonView)
    return views.every((view, i) => view === items[i]) ? value : views
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return foreign
  const entries = Object.entries(value)
  const views = entries.map(([key, item]): [string, unknown] => [key, jsonView(item)])
  return views.every(([, view], i) => view === entries[i]?.[1]) ? value : Object.fromEntries(views)
}

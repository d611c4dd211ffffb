const longest = 40

/** A value that should have been another, in words short enough for an error message. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value)
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'a list'
      return Object.getPrototypeOf(value) === Object.prototype ? 'a dict' : 'binary'
    default:
      return 'undefined'
  }
}

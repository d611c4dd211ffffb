import { Extension } from './extension.ts'

const longest = 40

/** A value that should have been another, in words short enough for an error message. */
export function found(value: unknown): string {
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
      if (value instanceof Date) return 'a timestamp'
      if (value instanceof Extension) return `of MessagePack extension type ${value.type}`
      return ArrayBuffer.isView(value) ? 'binary' : 'a dict'
    default:
      return 'absent'
  }
}

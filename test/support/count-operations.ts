/** Where the work of maps and sets is done: their methods, and the steps of walking them. */
const places: readonly (readonly [prototype: object, methods: readonly string[]])[] = [
  [Map.prototype, ['get', 'set', 'delete', 'has', 'forEach']],
  [Set.prototype, ['add', 'delete', 'has', 'forEach']],
  [Object.getPrototypeOf(new Map().values()) as object, ['next']],
  [Object.getPrototypeOf(new Set().values()) as object, ['next']],
]

/** How many operations on maps and sets `run` takes: what grows with what is stored shows here, on any machine. */
export function countOperations(run: () => void): number {
  let operations = 0
  const restore: (() => void)[] = []
  for (const [prototype, methods] of places) {
    for (const name of methods) {
      const original = Object.getOwnPropertyDescriptor(prototype, name)
      if (original === undefined) throw new Error(`there is no ${name}`)
      const method = original.value as (...args: unknown[]) => unknown
      const counted = function counted(this: unknown, ...args: unknown[]): unknown {
        operations++
        return method.apply(this, args)
      }
      Object.defineProperty(prototype, name, { ...original, value: counted })
      restore.push(() => Object.defineProperty(prototype, name, original))
    }
  }
  try {
    run()
  } finally {
    for (const back of restore) back()
  }
  return operations
}

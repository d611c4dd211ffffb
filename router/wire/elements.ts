/** How deep lists and dicts of a message may lie in each other; the message's own list is the first. */
export const maxDepth = 64

/** The longest message there is: ERROR with Arguments and ArgumentsKw. */
export const maxElements = 7

/**
 * Where the elements of a message lie in its frame. One object serves all scans of a serializer, as a scan
 * is over before the next begins: nothing is allocated for a message.
 */
export class Elements {
  /** How many elements the message has. */
  count = 0
  readonly #starts = new Int32Array(maxElements)
  readonly #ends = new Int32Array(maxElements)

  clear(): void {
    this.count = 0
  }

  /** The next element begins here. `false`: there are more than any message has. */
  begin(offset: number): boolean {
    if (this.count === maxElements) return false
    this.#starts[this.count] = offset
    return true
  }

  /** The element that was begun ends before here. */
  end(offset: number): void {
    this.#ends[this.count++] = offset
  }

  start(index: number): number {
    return this.#starts[index] ?? 0
  }

  stop(index: number): number {
    return this.#ends[index] ?? 0
  }
}

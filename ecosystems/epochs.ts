/** A number that moves whenever a fact changes. Whoever keeps an answer keeps the number beside it. */
export interface EpochCounter {
  readonly value: number
}

/** A counter with its owner's right to move it. */
export class Epoch implements EpochCounter {
  #value = 0

  get value(): number {
    return this.#value
  }

  move(): void {
    this.#value += 1
  }
}

/**
 * One counter for each key that has ever changed, and one that all other keys share.
 * Asking for keys that do not exist costs no memory, so that nobody can fill it by asking;
 * the shared counter moves when one of them gets its own, as an answer about it may have been kept.
 */
export class Epochs {
  readonly #byKey = new Map<string, Epoch>()
  readonly #newcomers = new Epoch()

  of(key: string): EpochCounter {
    return this.#byKey.get(key) ?? this.#newcomers
  }

  move(key: string): void {
    const epoch = this.#byKey.get(key)
    if (epoch !== undefined) return epoch.move()
    this.#byKey.set(key, new Epoch())
    this.#newcomers.move()
  }
}

import { createHash } from 'node:crypto'

/**
 * The one of several that a key belongs to: it has the highest hash of key and own name. Who comes or goes moves only
 * the keys that are its own then or were its own before, and no key depends on who asks. `undefined`: there is none.
 */
export function rendezvous<T>(
  key: string,
  among: Iterable<T>,
  nameOf: (one: T) => string | number,
): T | undefined {
  let chosen: T | undefined
  let highest = -1n
  for (const one of among) {
    const weight = weightOf(key, String(nameOf(one)))
    if (weight <= highest) continue
    highest = weight
    chosen = one
  }
  return chosen
}

/** The length before the key keeps two pairs of key and name from reading the same. */
function weightOf(key: string, name: string): bigint {
  const digest = createHash('sha256').update(`${key.length} ${key}${name}`).digest()
  return digest.readBigUInt64BE(0)
}

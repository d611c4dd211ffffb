import { invalid } from './errors.ts'
import type { Assurance, AssuranceMap } from './store/store.ts'

const order: Readonly<Record<Assurance, number>> = { aal1: 1, aal2: 2, aal3: 3 }

/** Words that one provider can have. */
const maxWords = 64

/** Whether the first is at least as strong as the second. */
export function reaches(acr: Assurance, required: Assurance): boolean {
  return order[acr] >= order[required]
}

/** @throws DomainError invalid_argument naming the key */
export function checkAssuranceMap(key: string, map: AssuranceMap): AssuranceMap {
  const words = Object.entries(map)
  if (words.length > maxWords) throw invalid(key, words.length, `at most ${maxWords} words`)
  for (const [word, acr] of words) {
    if (word === '' || word.length > 255) throw invalid(key, word, 'words of 1 to 255 characters')
    if (!Object.hasOwn(order, acr)) throw invalid(`${key}.${word}`, acr, 'aal1, aal2, aal3')
  }
  return map
}

/** What a provider's word is worth; `aal1` where the map does not have it. */
export function worthOf(map: AssuranceMap, word: string): Assurance {
  return Object.hasOwn(map, word) ? (map[word] ?? 'aal1') : 'aal1'
}

/** The map by which each word is worth no more than by any of them. */
export function weakestMap(maps: readonly AssuranceMap[]): AssuranceMap {
  const [first = {}, ...others] = maps
  if (others.length === 0) return first
  const words = Object.keys(first).filter((word) => others.every((map) => Object.hasOwn(map, word)))
  return Object.fromEntries(
    words.map((word): [string, Assurance] => [
      word,
      maps.map((map) => worthOf(map, word)).reduce((a, b) => (reaches(a, b) ? b : a)),
    ]),
  )
}

/** Whether no word is worth less by `next` than by `before`. */
export function isNoWeaker(next: AssuranceMap, before: AssuranceMap): boolean {
  return Object.entries(before).every(([word, acr]) => reaches(worthOf(next, word), acr))
}

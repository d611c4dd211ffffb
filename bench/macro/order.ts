/**
 * Who is measured when: in one round all of a row next to each other, in every second one the other way round, so that
 * neither a machine that slows down nor what ran just before always falls on the same one.
 * @param round from 0
 */
export function inRound<T>(all: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? all : all.toReversed()
}

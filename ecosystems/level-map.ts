import { invalid } from './errors.ts'
import { checkLevel } from './names.ts'

/** Up to this level of what spans, the level here is that one; `through` is the way on which it is so. */
export interface Step {
  readonly upTo: number
  readonly level: number
  readonly through: readonly string[]
}

/** Steps by rising `upTo`, and with it rising `level`: who has a better level above never has less below. */
export type Steps = readonly Step[]

/** The child's level by the parent's, as an edge has it. */
export type Levels = Readonly<Record<string, number>>

const allowed = 'a child\'s level for levels of the parent, for instance {"1":1,"2":3}'

/** @throws DomainError invalid_argument unless it is one that never gives a better level less */
export function checkLevels(key: string, value: Levels): Levels {
  const entries = Object.entries(value).map(([from, to]): [number, number] => [
    checkLevel(`${key}: parent's level`, /^[1-9]\d?$/.test(from) ? Number(from) : from),
    checkLevel(`${key}.${from}`, to),
  ])
  if (entries.length === 0) throw invalid(key, value, allowed)
  entries.sort(([a], [b]) => a - b)
  entries.reduce((better, worse) => {
    if (worse[1] < better[1])
      throw invalid(key, value, `${allowed}, where ${better[0]} gets no worse one than ${worse[0]}`)
    return worse
  })
  return Object.fromEntries(entries)
}

/** An edge's levels as steps, on the way that leads over `through`. */
export function stepsOf(levels: Levels, through: readonly string[]): Steps {
  return Object.entries(levels)
    .map(([upTo, level]) => ({ upTo: Number(upTo), level, through }))
    .toSorted((a, b) => a.upTo - b.upTo)
}

/** A level that is not named counts as the next worse one that is: it holds all that that one holds. */
export function levelAt(
  steps: readonly Omit<Step, 'through'>[],
  level: number,
): number | undefined {
  for (const step of steps) if (step.upTo >= level) return step.level
  return undefined
}

/** What the steps down to `via` come to one edge further down. */
export function composed(steps: Steps, edge: Levels, via: string): Steps {
  const further = stepsOf(edge, [])
  return steps.flatMap(({ upTo, level, through }) => {
    const below = levelAt(further, level)
    return below === undefined ? [] : [{ upTo, level: below, through: [...through, via] }]
  })
}

/** Of two ways the better one, for each level. */
export function best(one: Steps, other: Steps): Steps {
  const bounds = [...new Set([...one, ...other].map(({ upTo }) => upTo))].sort((a, b) => a - b)
  return bounds.flatMap((upTo) => {
    const steps = [one, other].flatMap((each) => each.find((step) => step.upTo >= upTo) ?? [])
    const [first] = steps.sort((a, b) => a.level - b.level || a.through.length - b.through.length)
    return first === undefined ? [] : [{ ...first, upTo }]
  })
}

/** Each way with the levels for which it is the best. */
export function ways(steps: Steps): {
  readonly through: readonly string[]
  readonly levels: (level: number) => number | undefined
}[] {
  const throughs = new Set(steps.map(({ through }) => through))
  return [...throughs].map((through) => ({
    through,
    levels: (level) => {
      const step = steps.find(({ upTo }) => upTo >= level)
      return step?.through === through ? step.level : undefined
    },
  }))
}

/** Whether nobody has less by `next` than by `before`. */
export function givesAtLeast(next: Levels, before: Levels): boolean {
  const steps = stepsOf(next, [])
  return Object.entries(before).every(([from, to]) => (levelAt(steps, Number(from)) ?? 100) <= to)
}

/** What both give. */
export function lesser(one: Levels, other: Levels): Levels {
  const [a, b] = [stepsOf(one, []), stepsOf(other, [])]
  const bounds = [...a, ...b].map(({ upTo }) => upTo)
  return Object.fromEntries(
    bounds.flatMap((upTo) => {
      const [x, y] = [levelAt(a, upTo), levelAt(b, upTo)]
      return x === undefined || y === undefined ? [] : [[upTo, Math.max(x, y)]]
    }),
  )
}

import { Decisions } from '../../router/decisions.ts'
import { PatternIndex } from '../../router/pattern-index.ts'
import type { Contest } from './contest.ts'

const many = 100_000
const few = 10
const matches = ['exact', 'prefix', 'wildcard'] as const

/** Registrations of all three kinds in turn. */
function indexOf(count: number): PatternIndex<number> {
  const index = new PatternIndex<number>()
  const uris = {
    exact: (i: number) => `house.n${i}.lamp.switch`,
    prefix: (i: number) => `house.n${i}.lamp.`,
    wildcard: (i: number) => `house.n${i}..switch`,
  }
  for (let i = 0; i < count; i++) {
    const match = matches[i % matches.length] ?? 'exact'
    index.set(match, uris[match](i), i)
  }
  return index
}

function look(index: PatternIndex<number>, uri: string): void {
  if (index.best(uri) === undefined) throw new Error(`nothing fits ${uri}`)
}

/** What a URI reaches, among many and few; and a decision that is kept, beside a bare look-up in a Map. */
export function lookingUpContests(): Contest[] {
  const [large, small] = [indexOf(many), indexOf(few)]
  const matching = matches.map((match, i): Contest => {
    const uri = `house.n${i + 3}.lamp.switch`
    return {
      what: `match by ${match} among ${many.toLocaleString('en')} registrations`,
      against: `among ${few}`,
      one: () => look(large, uri),
      other: () => look(small, uri),
    }
  })
  return [...matching, keptDecision()]
}

function keptDecision(): Contest {
  const uri = 'com.house.lamp.switch'
  const decisions = new Decisions(128)
  decisions.keep('call', uri, { allow: true, until: Number.MAX_SAFE_INTEGER })
  const map = new Map([[uri, true]])
  const now = Date.now()
  return {
    what: 'a kept decision',
    against: 'Map.get',
    one: () => {
      if (decisions.get('call', uri, now)?.allow !== true) throw new Error('it was not kept')
    },
    other: () => {
      if (map.get(uri) !== true) throw new Error('it is not there')
    },
  }
}

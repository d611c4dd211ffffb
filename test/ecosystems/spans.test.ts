import assert from 'node:assert/strict'
import fc from 'fast-check'
import { House, refuses } from './house.ts'

/** The levels that each level of each ecosystem above comes to, as `ancestor:level -> level`. */
function reached(house: House, ecosystem: string, upTo = 5): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { ecosystem: from, levels } of house.ecosystems.spans.above(ecosystem))
    for (let level = 1; level <= upTo; level++) {
      const here = levels(level)
      if (here === undefined) continue
      const key = `${from}:${level}`
      assert.ok(found[key] === undefined, `${key} by two ways`)
      found[key] = here
    }
  return found
}

describe('spanning ecosystems', () => {
  let house: House
  const span = (parent: string, child: string, levels: Record<string, number>): Promise<unknown> =>
    house.ecosystems.spans.span({ parent, child, levels })

  beforeEach(async () => {
    house = await House.open()
    for (const id of ['life', 'car', 'boat'])
      await house.ecosystems.directory.create({ id, realm: id === 'car' ? 'road' : 'home' })
  })

  it('give a level in what they span, by their map, across realms', async () => {
    assert.deepEqual(house.ecosystems.spans.above('car'), [])
    await span('life', 'car', { 1: 2, 3: 4 })
    // Level 2 is not named: whoever has it holds all that level 3 holds.
    assert.deepEqual(reached(house, 'car'), { 'life:1': 2, 'life:2': 4, 'life:3': 4 })
    assert.deepEqual(house.ecosystems.spans.above('life'), [])
    const [above] = house.ecosystems.spans.above('car')
    assert.deepEqual(above?.through, ['life'])
  })

  it('compose along the way, and of several ways the best counts for each level', async () => {
    await span('life', 'home', { 1: 1, 2: 3 })
    await span('home', 'boat', { 1: 2, 2: 2, 3: 5 })
    assert.deepEqual(reached(house, 'boat'), {
      'home:1': 2,
      'home:2': 2,
      'home:3': 5,
      'life:1': 2,
      'life:2': 5,
    })
    await span('life', 'boat', { 3: 3 })
    assert.deepEqual(reached(house, 'boat'), {
      'home:1': 2,
      'home:2': 2,
      'home:3': 5,
      'life:1': 2,
      'life:2': 3,
      'life:3': 3,
    })
    const ways = house.ecosystems.spans.above('boat').filter((each) => each.ecosystem === 'life')
    assert.deepEqual(
      ways
        .map(({ through, levels }) => [through, levels(1), levels(3)] as const)
        .toSorted(([a], [b]) => a.length - b.length),
      [
        [['life'], undefined, 3],
        [['life', 'home'], 2, undefined],
      ],
    )
  })

  it('have no cycle', async () => {
    await refuses(span('life', 'life', { 1: 1 }), 'conflict', /life spans life already/)
    await span('life', 'home', { 1: 1 })
    await span('home', 'car', { 1: 1 })
    await refuses(span('car', 'life', { 1: 1 }), 'conflict', /life spans car already/)
    const both = [span('boat', 'life', { 1: 1 }), span('car', 'boat', { 1: 1 })]
    const outcomes = await Promise.allSettled(both)
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
  })

  it('have no cycle in the store either, when it could not forget', async () => {
    await span('life', 'home', { 1: 1 })
    house.store.broken = true
    await refuses(house.ecosystems.spans.unspan('life', 'home'), 'unavailable')
    house.store.broken = false
    assert.deepEqual(house.ecosystems.spans.above('home'), [])
    await refuses(span('home', 'life', { 1: 1 }), 'conflict')
    await house.ecosystems.spans.unspan('life', 'home')
    await span('home', 'life', { 1: 1 })
    assert.deepEqual((await house.restarted()).spans.list().length, 1)
  })

  it('end at once, and begin when that is stored', async () => {
    const { spans } = house.ecosystems
    let held = house.store.hold()
    let change: Promise<unknown> = span('life', 'home', { 1: 1 })
    await held
    assert.deepEqual(spans.above('home'), [])
    house.store.release()
    await change
    assert.deepEqual(reached(house, 'home'), { 'life:1': 1 })
    const seen = spans.epoch.value
    held = house.store.hold()
    change = spans.unspan('life', 'home')
    assert.deepEqual(spans.above('home'), [])
    assert.notEqual(spans.epoch.value, seen)
    await held
    house.store.release()
    await change
    assert.equal(spans.get('life', 'home'), undefined)
    assert.deepEqual((await house.restarted()).spans.list(), [])
    await refuses(spans.unspan('life', 'home'), 'not_found', /life over home/)
  })

  it('become less at once and more when that is stored', async () => {
    await span('life', 'home', { 1: 1, 2: 3 })
    let held = house.store.hold()
    let change = span('life', 'home', { 1: 2, 4: 4 })
    // What both give.
    assert.deepEqual(reached(house, 'home'), { 'life:1': 2, 'life:2': 4 })
    await held
    house.store.release()
    await change
    const less = { 'life:1': 2, 'life:2': 4, 'life:3': 4, 'life:4': 4 }
    assert.deepEqual(reached(house, 'home'), less)
    held = house.store.hold()
    change = span('life', 'home', { 4: 1 })
    await held
    assert.deepEqual(reached(house, 'home'), less)
    house.store.release()
    await change
    assert.equal(reached(house, 'home')['life:4'], 1)
    const again = (await house.restarted()).spans.get('life', 'home')
    assert.deepEqual(again, house.ecosystems.spans.get('life', 'home'))
  })

  it('have maps in which a better level never gets less', async () => {
    await refuses(span('life', 'home', {}), 'invalid_argument', /^levels:/)
    await refuses(span('life', 'home', { 1: 3, 2: 1 }), 'invalid_argument', /1 gets no worse one/)
    for (const key of ['0', '100', 'x', '1.5', '01'])
      await refuses(span('life', 'home', { [key]: 1 }), 'invalid_argument', /parent's level/)
    for (const level of [0, 100, 1.5])
      await refuses(span('life', 'home', { 1: level }), 'invalid_argument', /^levels\.1:/)
    await refuses(span('life', 'ghost', { 1: 1 }), 'not_found', /no ecosystem "ghost"/)
    await refuses(span('ghost', 'home', { 1: 1 }), 'not_found', /no ecosystem "ghost"/)
  })

  it('are so many around one, and so many above one, and no more', async () => {
    house = await House.open({ bounds: { spansPerEcosystem: 2, spansAbove: 3 } })
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      await house.ecosystems.directory.create({ id, realm: 'home' })
    await span('a', 'b', { 1: 1 })
    await span('a', 'c', { 1: 1 })
    await refuses(span('a', 'd', { 1: 1 }), 'invalid_state', /spansPerEcosystem of a: there are 2/)
    await span('b', 'd', { 1: 1 })
    await span('c', 'd', { 1: 1 })
    await refuses(span('e', 'd', { 1: 1 }), 'invalid_state', /spansPerEcosystem over d/)
    await span('d', 'home', { 1: 1 }).then(
      () => assert.fail('four are above home'),
      (error: Error) => assert.match(error.message, /spansAbove home: there are 3/),
    )
    await refuses(span('home', 'a', { 1: 1 }), 'invalid_state', /spansAbove d: there are 3/)
  })

  it('never give a better level less, whatever the graph', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const map = fc
      .dictionary(fc.constantFrom('1', '2', '3', '4', '5'), fc.integer({ min: 1, max: 5 }), {
        minKeys: 1,
      })
      .map((levels) => {
        const values = Object.values(levels).toSorted((x, y) => x - y)
        return Object.fromEntries(
          Object.keys(levels)
            .toSorted()
            .map((key, i) => [key, values[i] ?? 1]),
        )
      })
    const edges = fc.array(fc.tuple(fc.nat(4), fc.nat(4), map), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(edges, async (list) => {
        house = await House.open()
        for (const id of names) await house.ecosystems.directory.create({ id, realm: 'home' })
        for (const [from, to, levels] of list)
          await span(names[from] ?? '', names[to] ?? '', levels).catch(() => undefined)
        for (const name of names) {
          const found = reached(house, name)
          for (const above of names)
            for (let level = 2; level <= 5; level++) {
              const [better, worse] = [found[`${above}:${level - 1}`], found[`${above}:${level}`]]
              assert.ok(worse === undefined || (better !== undefined && better <= worse))
              assert.equal(worse, byHand(house, above, name, level))
            }
        }
      }),
      { numRuns: 60 },
    )
  })
})

/** Every way is walked: what the precomputed answer must come to. */
function byHand(house: House, from: string, to: string, level: number): number | undefined {
  let best: number | undefined
  for (const edge of house.ecosystems.spans.list(from).filter((each) => each.parent === from)) {
    const named = Object.keys(edge.levels)
      .map(Number)
      .filter((each) => each >= level)
    const below = named.length === 0 ? undefined : edge.levels[Math.min(...named)]
    if (below === undefined) continue
    const here = edge.child === to ? below : byHand(house, edge.child, to, below)
    if (here !== undefined && (best === undefined || here < best)) best = here
  }
  return best
}

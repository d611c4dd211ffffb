/**
 * `npm run bench`: measures what the product promises, prints a table, and exits with 1 when a promise is not kept.
 * `npm run bench -- decisions joins` measures these only.
 */
import { measureDecisions } from './permission/decisions.ts'
import { measureDisabling } from './permission/disabling.ts'
import { startBenchHouse, type BenchHouse } from './permission/house.ts'
import { measureJoins } from './permission/joins.ts'
import { met, type Figure } from './permission/measure.ts'
import { measureRevocation } from './permission/revocation.ts'

const parts: Readonly<Record<string, (house: BenchHouse) => Promise<Figure[]>>> = {
  decisions: measureDecisions,
  joins: measureJoins,
  revocation: measureRevocation,
  disabling: measureDisabling,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => parts[name] === undefined)
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; allowed: ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}

const line = (...cells: readonly string[]): void => {
  const [what = '', value = '', bar = '', verdict = ''] = cells
  console.log(`${what.padEnd(50)} ${value.padStart(14)} ${bar.padStart(20)}  ${verdict}`)
}

let isKept = true
line('', 'measured', 'promised')
for (const [name, measure] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const house = await startBenchHouse()
  for (const figure of await measure(house)) {
    const { what, value, unit, bar, is } = figure
    const digits = value < 100 && !Number.isInteger(value) ? 2 : 0
    const shown = value.toLocaleString('en', { maximumFractionDigits: digits })
    isKept &&= met(figure)
    const promised = `${is} ${bar.toLocaleString('en')} ${unit}`
    line(what, `${shown} ${unit}`, promised, met(figure) ? 'kept' : 'NOT KEPT')
  }
  await house.stop()
}
process.exit(isKept ? 0 : 1)

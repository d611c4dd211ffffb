import type { PermissionPart } from '../arguments.ts'
import { measureDecisions } from './decisions.ts'
import { measureDisabling } from './disabling.ts'
import { startBenchHouse, type BenchHouse } from './house.ts'
import { measureJoins } from './joins.ts'
import { met, type Figure } from './measure.ts'
import { measureRevocation } from './revocation.ts'

const parts: Readonly<Record<PermissionPart, (house: BenchHouse) => Promise<Figure[]>>> = {
  decisions: measureDecisions,
  joins: measureJoins,
  revocation: measureRevocation,
  disabling: measureDisabling,
}

/** Measures what docs/SECURITY.md promises, each part in a house of its own. True when all of it is kept. */
export async function measurePermission(names: readonly PermissionPart[]): Promise<boolean> {
  let isKept = true
  line('', 'measured', 'promised')
  for (const name of names) {
    const house = await startBenchHouse()
    for (const figure of await parts[name](house)) {
      const { what, value, unit, bar, is } = figure
      const digits = value < 100 && !Number.isInteger(value) ? 2 : 0
      const shown = value.toLocaleString('en', { maximumFractionDigits: digits })
      isKept &&= met(figure)
      const promised = `${is} ${bar.toLocaleString('en')} ${unit}`
      line(what, `${shown} ${unit}`, promised, met(figure) ? 'kept' : 'NOT KEPT')
    }
    await house.stop()
  }
  return isKept
}

function line(...cells: readonly string[]): void {
  const [what = '', value = '', bar = '', verdict = ''] = cells
  console.log(`${what.padEnd(50)} ${value.padStart(14)} ${bar.padStart(20)}  ${verdict}`)
}

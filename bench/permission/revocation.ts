import type { BenchHouse } from './house.ts'
import type { Figure } from './measure.ts'

const rounds = 100
const callsPerRound = 10_000
const inFlight = 100

/** A right is granted, used, revoked; from the moment the revoke's RESULT is there every call must be refused. */
export async function measureRevocation(house: BenchHouse): Promise<Figure[]> {
  const { operator } = house
  await house.person('friend')
  const friend = await house.join('friend')
  const lamp = (): Promise<readonly unknown[]> => friend.ask(48, {}, 'lamp.switch', [true])
  let allowed = 0
  let calls = 0
  for (let round = 0; round < rounds; round++) {
    const grant = { to: 'friend', ecosystem: 'home', level: 3 }
    const { id } = await operator.manage('grant.create', grant)
    if ((await lamp())[0] !== 50) throw new Error('a grant was of no use')
    await operator.manage('grant.revoke', { id })
    for (let sent = 0; sent < callsPerRound; sent += inFlight) {
      const answers = await Promise.all(Array.from({ length: inFlight }, lamp))
      calls += answers.length
      allowed += answers.filter(([type]) => type === 50).length
    }
  }
  return [
    { what: 'calls after a revoke', value: calls, unit: '', bar: 1_000_000, is: 'at least' },
    { what: 'of these allowed', value: allowed, unit: '', bar: 0, is: 'at most' },
  ]
}

import type { Contest } from './contest.ts'
import { openPath, subscribers, type Path } from './path.ts'

const call = '[48,7814135,{},"lamp.switch",["on"]]'
const answer = '[70,7814135,{},["on"]]'
const event = '[16,7814135,{},"lamp.state",["on"]]'

/** `JSON.parse` and `JSON.stringify` of what a router that decodes everything would have to read and write. */
function translate(message: string, times = 1): void {
  const parsed: unknown = JSON.parse(Buffer.from(message).toString())
  for (let i = 0; i < times; i++) Buffer.from(JSON.stringify(parsed))
}

/** Whole messages through the engine of this tree, in memory, JSON. */
export async function routingContests(
  tree: string,
): Promise<{ readonly contests: readonly Contest[]; readonly path: Path }> {
  const path = await openPath(tree)
  const contests: Contest[] = [
    {
      what: 'a CALL routed and answered',
      against: 'JSON.parse and JSON.stringify of CALL and YIELD',
      one: () => path.call(1),
      other() {
        translate(call)
        translate(answer)
      },
    },
    {
      what: `an event routed to ${subscribers}`,
      against: 'JSON.parse of it, JSON.stringify for each',
      one: () => path.publish(1),
      other: () => translate(event, subscribers),
    },
    {
      what: `an event routed to ${subscribers}`,
      against: 'a CALL routed and answered',
      one: () => path.publish(1),
      other: () => path.call(1),
    },
  ]
  return { contests, path }
}

import { Line } from './line.ts'
import type { Crowd } from './row.ts'

const atOnce = 32
/** Of the names that they register; no pattern of theirs reaches what is called. */
const matches = ['exact', 'prefix', 'wildcard'] as const

/** Opens sessions that do nothing but hold their registrations. Resolves with what closes them. */
export async function gather(url: string, { sessions, registrations }: Crowd): Promise<() => void> {
  const lines: Line[] = []
  const each = registrations / sessions
  let opened = 0
  const open = async (): Promise<void> => {
    for (let session = opened++; session < sessions; session = opened++) {
      const line = await Line.open(url)
      lines.push(line)
      await line.join('realm1', {})
      const first = Math.ceil(session * each)
      await register(line, first, Math.ceil((session + 1) * each) - first)
      line.receive = () => undefined
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, sessions) }, open))
  } catch (error) {
    for (const line of lines) line.close()
    throw error
  }
  return () => {
    for (const line of lines) line.close()
  }
}

/** All in one go: the answers are counted, not awaited one by one. @throws Error with what came instead of REGISTERED */
function register(line: Line, first: number, count: number): Promise<void> {
  if (count === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    let answers = 0
    line.lost = () => reject(new Error('the router closed the connection'))
    line.receive = (chunk, start, stop) => {
      if (chunk.toString('latin1', start, start + 4) !== '[65,')
        reject(new Error(chunk.toString('utf8', start, stop)))
      else if (++answers === count) resolve()
    }
    for (let i = 0; i < count; i++) {
      const match = matches[(first + i) % matches.length] ?? 'exact'
      const part = match === 'wildcard' ? '' : 'part'
      const options = match === 'exact' ? {} : { match }
      const uri = `crowd.n${first + i}.${part}.switch`
      line.send(Buffer.from(JSON.stringify([64, i + 1, options, uri])))
    }
  })
}

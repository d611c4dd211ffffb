import { WebSocket } from 'ws'
import type { BenchHouse } from './house.ts'
import { percentile, type Figure } from './measure.ts'

/** A person with 100 sockets, then one with 10,000 sessions: nothing of theirs is taken once the RESULT is there. */
export async function measureDisabling(house: BenchHouse): Promise<Figure[]> {
  const sockets = await overSockets(house, 20)
  const many = await withoutSockets(house)
  return [
    {
      what: '100 sockets of a disabled person closed, p99',
      value: percentile(sockets.closedMs, 0.99),
      unit: 'ms',
      bar: 100,
      is: 'at most',
    },
    {
      what: '10,000 sessions of a disabled person closed',
      value: many.closedMs,
      unit: 'ms',
      bar: 2_000,
      is: 'at most',
    },
    {
      what: 'messages of a disabled person accepted',
      value: sockets.accepted + many.accepted,
      unit: '',
      bar: 0,
      is: 'at most',
    },
  ]
}

async function overSockets(
  house: BenchHouse,
  rounds: number,
): Promise<{ closedMs: number[]; accepted: number }> {
  const closedMs: number[] = []
  let accepted = 0
  await house.person('guest', 3)
  for (let round = 0; round < rounds; round++) {
    const token = await house.provider.token('guest')
    const sockets = await Promise.all(
      Array.from({ length: 100 }, () => openSession(house.server.port ?? 0, token)),
    )
    let isDone = false
    const closed = sockets.map(
      (socket) =>
        new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now()))),
    )
    for (const [i, socket] of sockets.entries()) {
      socket.on('message', (data: Buffer) => {
        if (isDone && data.toString().startsWith('[50,')) accepted++
      })
      socket.send(`[48,1,{},"lamp.switch",[${i}]]`)
    }
    const from = performance.now()
    await house.operator.manage('person.disable', { person: 'guest' })
    isDone = true
    for (const socket of sockets)
      if (socket.readyState === WebSocket.OPEN) socket.send('[48,2,{},"lamp.switch"]')
    for (const at of await Promise.all(closed)) closedMs.push(at - from)
    await house.operator.manage('person.enable', { person: 'guest' })
  }
  return { closedMs, accepted }
}

function openSession(port: number, token: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['wamp.2.json'])
    const hear = (data: Buffer): void => {
      const text = data.toString()
      if (text.startsWith('[4,')) return socket.send(JSON.stringify([5, token, {}]))
      socket.off('message', hear)
      if (text.startsWith('[2,')) resolve(socket)
      else reject(new Error(text))
    }
    socket.on('message', hear)
    socket.once('error', reject)
    socket.once('open', () =>
      socket.send('[1,"home",{"roles":{"caller":{}},"authmethods":["ticket"]}]'),
    )
  })
}

async function withoutSockets(house: BenchHouse): Promise<{ closedMs: number; accepted: number }> {
  await house.person('crowd', 3)
  const sessions = []
  for (let i = 0; i < 10_000; i += 50)
    sessions.push(...(await Promise.all(Array.from({ length: 50 }, () => house.join('crowd')))))
  const from = performance.now()
  await house.operator.manage('person.disable', { person: 'crowd' })
  const answers = sessions.slice(0, 200).map((session) => session.ask(48, {}, 'lamp.switch'))
  let accepted = 0
  for (const answer of answers) void answer.then(([type]) => (accepted += type === 50 ? 1 : 0))
  await Promise.all(sessions.map(({ closed }) => closed))
  return { closedMs: performance.now() - from, accepted }
}

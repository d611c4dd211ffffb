import { setTimeout as wait } from 'node:timers/promises'
import { cpuSeconds } from './cpu.ts'
import type { Timing } from './generator.ts'
import type { Line } from './line.ts'
import type { Measurement } from './measurement.ts'
import { NumberedFrame } from './numbered-frame.ts'

const argument = '["xxxxxxxxxxxxxxxx"]'
const [callType, resultType, errorType, invocationType, yieldType] = [48, 50, 8, 68, 70] as const

/**
 * What the load generator's `rpc` does, for two sessions that joined as whoever they are: calls of 16 B to a
 * callee that answers each, so many of them in flight.
 */
export async function call(
  { caller, callee, procedure }: { caller: Line; callee: Line; procedure: string },
  inFlight: number,
  pid: number,
  { seconds, warmup }: Timing,
): Promise<Measurement> {
  let [answered, errors, lost, request] = [0, 0, 0, 1]
  let note: string | undefined
  let isOver = false
  const calling = new NumberedFrame(`[${callType},`, `,{},"${procedure}",${argument}]`)
  const answering = new NumberedFrame(`[${yieldType},`, `,{},${argument}]`)
  const digits = Buffer.alloc(16)
  const next = (): void => {
    caller.sendNumbered(calling, digits, 0, writeDigits(++request, digits))
  }
  const unexpected = (chunk: Buffer, start: number, stop: number): void => {
    errors++
    note ??= chunk.toString('utf8', start, Math.min(stop, start + 200))
  }
  callee.receive = (chunk, start, stop) => {
    if (typeAt(chunk, start) !== invocationType) return unexpected(chunk, start, stop)
    callee.sendNumbered(answering, chunk, start + 4, chunk.indexOf(0x2c, start + 4))
  }
  caller.receive = (chunk, start, stop) => {
    if (typeAt(chunk, start) === resultType) answered++
    else if (typeAt(chunk, start) === errorType) unexpected(chunk, start, stop)
    else return unexpected(chunk, start, stop)
    if (!isOver) next()
  }
  for (const line of [caller, callee]) line.lost = () => lost++
  for (let i = 0; i < inFlight; i++) next()
  await wait(warmup * 1_000)
  const before = { answered, cpu: await cpuSeconds(pid), at: performance.now() }
  await wait(seconds * 1_000)
  const ops = answered - before.answered
  const cpu = (await cpuSeconds(pid)) - before.cpu
  const took = (performance.now() - before.at) / 1_000
  isOver = true
  for (const line of [caller, callee]) line.close()
  return {
    ops_per_s: ops / took,
    ops_per_router_cpu_s: ops / cpu,
    errors,
    lost_sessions: lost,
    ...(note !== undefined && { note }),
    ...(ops === 0 && { fault: 'no call was answered' }),
    extra: { answered },
  }
}

/** In decimal. Returns how many there are. */
function writeDigits(value: number, target: Buffer): number {
  let count = 1
  for (let most = 10; most <= value; most *= 10) count++
  for (let i = count - 1; i >= 0; i--) {
    target[i] = 0x30 + (value % 10)
    value = Math.floor(value / 10)
  }
  return count
}

/** Of a message in JSON whose type has two digits. An ERROR's has one, and a comma. */
function typeAt(chunk: Buffer, start: number): number {
  const second = chunk[start + 2] ?? 0
  const first = (chunk[start + 1] ?? 0) - 0x30
  return second === 0x2c ? first : first * 10 + second - 0x30
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { freePort } from '../../demo/port.ts'

const root = join(import.meta.dirname, '../..')

/** Latchkey in a process of its own, as somebody starts it who has a configuration. */
export interface LatchkeyProcess {
  /** Of the WebSocket endpoint. */
  readonly webSocket: string
  /** `rs://…` of the RawSocket listener. */
  readonly rawSocket: string
  /** Ends it as a crash does (SIGKILL), and starts it again on the same ports. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * `latchkey start --config FILE` on ephemeral ports of loopback.
 * @param config path of a configuration with a WebSocket and a RawSocket listener
 */
export async function startLatchkey(config: string): Promise<LatchkeyProcess> {
  const [port, rawPort] = [await freePort(0), await freePort(0)]
  const ports = ['--port', String(port), '--rawsocket-port', String(rawPort)]
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const started = spawn(
      process.execPath,
      ['--import', 'tsx', 'cli.ts', 'start', '--config', config, ...ports],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    child = started
    let errors = ''
    started.stderr.on('data', (chunk) => (errors += String(chunk)))
    const waiting = new Set([port, rawPort])
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: started.stdout }).on('line', (line) => {
        for (const one of waiting) if (line.includes(`:${one}`)) waiting.delete(one)
        if (waiting.size === 0) resolve()
      })
      started.once('exit', (code) => reject(new Error(`latchkey exited with ${code}: ${errors}`)))
    })
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  await start()
  return {
    webSocket: `ws://127.0.0.1:${port}/ws`,
    rawSocket: `rs://127.0.0.1:${rawPort}`,
    async restart() {
      await kill()
      await start()
    },
    stop: kill,
  }
}

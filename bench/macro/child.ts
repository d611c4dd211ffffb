import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const graceMs = 15_000

/** Those that run. If we are ended, nothing of ours stays behind and takes the machine from the next run. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** A process that may open as many sockets as the system lets it, whatever our shell was given. Its pid is its own. */
export function start(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly stderr?: 'ignore' | 'pipe' } = {},
): ChildProcess {
  const wide = ['-c', 'ulimit -n "$(ulimit -Hn)"; exec "$@"', 'bash', program, ...args]
  const child = spawn('bash', wide, {
    stdio: ['ignore', 'pipe', options.stderr ?? 'pipe'],
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return child
}

/** Ends it by SIGTERM, and where that does not help in 15 s by SIGKILL. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
}

export interface Output {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs it to its end, or to SIGTERM after `withinMs`. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly withinMs?: number } = {},
): Promise<Output> {
  const child = start(program, args, options)
  const output = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.err += text))
  const closed = once(child, 'close') as Promise<[number | null]>
  let timer: NodeJS.Timeout | undefined
  if (options.withinMs !== undefined)
    timer = setTimeout(() => {
      output.err += `no end after ${options.withinMs} ms`
      void stop(child)
    }, options.withinMs)
  const [code] = await closed
  clearTimeout(timer)
  return { code: code ?? 1, ...output }
}

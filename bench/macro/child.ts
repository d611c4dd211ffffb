import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const graceMs = 15_000

/** Those that run. If we are ended, nothing of ours stays behind and takes the machine from the next run. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) signal(child, 'SIGTERM')
})
/** Those that are ended with all that they started. */
const groups = new WeakSet<ChildProcess>()

export interface ChildOptions {
  readonly cwd?: string
  /** It starts others, and they are not to outlive it: for scripts of somebody else. */
  readonly isGroup?: boolean
  /** It runs on this core alone, which is kept awake as long as it does. It is a group then. */
  readonly core?: number | undefined
}

/**
 * What a core that has fallen asleep takes to wake up is a virtual machine's host's affair: it is more than a call takes,
 * and comes to twice as much in some minutes as in others. A loop of the idle class, which gives way to everybody at
 * once, keeps it awake. It belongs to the same session, as the scheduler shares a core out by sessions first; and it is
 * nobody's child, as a router's children are counted with it.
 */
const awake = (core: number): string =>
  `(chrt -i 0 taskset -c ${core} sh -c 'while :; do :; done' <>/dev/null >&0 2>&0 &); exec taskset -c ${core} "$@"`

/** A process that may open as many sockets as the system lets it, whatever our shell was given. Its pid is its own. */
export function start(
  program: string,
  args: readonly string[],
  { cwd, core, isGroup = core !== undefined }: ChildOptions = {},
): ChildProcess {
  const become = core === undefined ? 'exec "$@"' : awake(core)
  const wide = ['-c', `ulimit -n "$(ulimit -Hn)"; ${become}`, 'bash', program, ...args]
  const child = spawn('bash', wide, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: isGroup,
    ...(cwd !== undefined && { cwd }),
  })
  running.add(child)
  if (isGroup) groups.add(child)
  child.once('exit', () => {
    running.delete(child)
    // What it left behind.
    if (isGroup) signal(child, 'SIGKILL')
  })
  child.once('error', () => running.delete(child))
  return child
}

/** Ends it by SIGTERM, which a script passes on, and where that does not help in 15 s by SIGKILL. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => signal(child, 'SIGKILL'), graceMs)
  await gone
  clearTimeout(timer)
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  if (!groups.has(child)) {
    child.kill(name)
    return
  }
  try {
    process.kill(-child.pid, name)
  } catch (error) {
    // Nobody of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export interface Output {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs it to its end, or to SIGTERM after `withinMs`: then its code is 1, and the last line of `err` says so. */
export async function run(
  program: string,
  args: readonly string[],
  { withinMs, ...options }: ChildOptions & { readonly withinMs?: number } = {},
): Promise<Output> {
  const child = start(program, args, options)
  const output = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.err += text))
  const closed = once(child, 'close') as Promise<[number | null]>
  let late: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  if (withinMs !== undefined)
    timer = setTimeout(() => {
      late = end(child)
    }, withinMs)
  const [code] = await closed.finally(() => clearTimeout(timer))
  if (late === undefined) return { code: code ?? 1, ...output }
  await late
  const err = `${output.err}\nno end after ${withinMs} ms`.trimStart()
  return { code: 1, out: output.out, err }
}

/** With its pipes: what it started may hold them, and who waits for what is in them would wait for that. */
async function end(child: ChildProcess): Promise<void> {
  await stop(child)
  child.stdout?.destroy()
  child.stderr?.destroy()
}

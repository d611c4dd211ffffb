import { once } from 'node:events'

/** Where the command line writes, and how it is told to stop. */
export interface Terminal {
  out(line: string): void
  err(line: string): void
  /** Calls `listener` once when the process is asked to end (SIGINT, SIGTERM, SIGHUP). Returns how to take that back. */
  onStop(listener: () => void): () => void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The process's own. */
export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  onStop(listener) {
    const stop = (): void => {
      release()
      listener()
    }
    const release = (): void => signals.forEach((signal) => process.off(signal, stop))
    signals.forEach((signal) => process.on(signal, stop))
    return release
  },
}

/** Runs `work`, which is to end when `stopped` resolves: at the first signal, however early that comes. */
export async function untilStopped(
  terminal: Terminal,
  work: (stopped: Promise<void>) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const stopped = once(stop.signal, 'abort').then(() => undefined)
  const release = terminal.onStop(() => stop.abort())
  try {
    await work(stopped)
  } finally {
    release()
  }
}

/** Control and format characters and line separators: what a terminal could obey. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text for people's eyes: what devices and people call themselves may hold sequences that a terminal obeys. */
export function visible(text: string): string {
  return text.replace(unseen, (character) => (character === '\n' ? character : '\ufffd'))
}

/** One line of JSON, in which nothing is left that a terminal obeys. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? String(item) : item,
  )
  return (text ?? 'null').replace(unseen, escaped)
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('')
}

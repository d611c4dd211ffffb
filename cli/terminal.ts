/** Where the command line writes, and how it is told to stop. */
export interface Terminal {
  out(line: string): void
  err(line: string): void
  /** Calls `listener` once when the process is asked to end (SIGINT, SIGTERM). Returns how to take that back. */
  onStop(listener: () => void): () => void
}

/** The process's own. */
export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  onStop(listener) {
    const stop = (): void => {
      release()
      listener()
    }
    const release = (): void => {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    return release
  },
}

/**
 * Text for people's eyes: what devices and people call themselves could hold sequences that a terminal obeys, so
 * control characters become visible.
 */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    '\ufffd',
  )
}

/** One line of JSON, in which nothing is left that a terminal obeys. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? String(item) : item,
  )
  return (text ?? 'null').replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

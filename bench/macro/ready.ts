import type { ChildProcess } from 'node:child_process'

const longestLine = 1_024

/**
 * The process that a peer's script started and which answers now, by the line `READY <pid>` that it prints first.
 * @throws Error that quotes what came instead, or says how the script ended
 */
export function ready(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let first = ''
    let isTold = false
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      // What comes afterwards is read all the same: who fills a pipe waits.
      if (isTold) return
      first += text
      if (!first.includes('\n') && first.length < longestLine) return
      isTold = true
      const line = quotable(first)
      const pid = /^READY ([1-9]\d*)$/.exec(line)?.[1]
      if (pid === undefined)
        reject(new Error(`it printed ${JSON.stringify(line)} first, not READY and its pid`))
      else resolve(Number(pid))
    })
    child.once('close', (code, signal) => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`
      const line = quotable(first)
      const printed = line === '' ? '' : ` after it had printed ${JSON.stringify(line)}`
      reject(new Error(`it ended ${how}${printed}`))
    })
  })
}

function quotable(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, longestLine).trimEnd()
}

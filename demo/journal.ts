import { appendFileSync, renameSync, statSync } from 'node:fs'

/** The file and the one before it together hold no more than twice this. */
const longestBytes = 1024 * 1024

/** The log of a demo house: lines with time and source, in a file that is put aside when it is full. */
export class Journal {
  readonly #file: string
  #bytes: number

  constructor(file: string) {
    this.#file = file
    this.#bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  }

  /** Never throws: a full disk must not bring the house down. */
  write(source: string, text: string): void {
    const line = `${new Date().toISOString()} ${source}: ${text}\n`
    try {
      if (this.#bytes + line.length > longestBytes) {
        renameSync(this.#file, `${this.#file}.1`)
        this.#bytes = 0
      }
      appendFileSync(this.#file, line, { mode: 0o600 })
      this.#bytes += Buffer.byteLength(line)
    } catch (error) {
      process.stderr.write(`the log cannot be written (${String(error)}): ${line}`)
    }
  }
}

import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ArgumentError } from './arguments.ts'
import type { Outcome } from './micro/contest.ts'
import type { Measurement } from './macro/measurement.ts'
import { isUnfinished, recordIn } from './results-line.ts'
import { systemReason } from './system-reason.ts'

/** One run of the command: where, with what, and how it was called. */
export interface RunRecord {
  readonly kind: 'run'
  /** When it began; also its name. */
  readonly run: string
  readonly command: string
  /** Of this tree; with `+` where the tree had changes. */
  readonly commit: string
  readonly machine: string
  /** By name of the peer. */
  readonly versions: Readonly<Record<string, string>>
  /** Peers that could not be installed, and why. */
  readonly missing: Readonly<Record<string, string>>
}

/** One measurement. */
export interface MeasurementRecord {
  readonly kind: 'measurement'
  readonly run: string
  readonly row: string
  readonly variant: string
  /** From 0. */
  readonly round: number
  readonly measurement: Measurement
}

/** What was found without sockets, all of a run together. */
export interface MicroRecord {
  readonly kind: 'micro'
  readonly run: string
  readonly outcomes: readonly Outcome[]
}

export type BenchRecord = RunRecord | MeasurementRecord | MicroRecord

/** What was measured, line by line in a file as it comes, so that a run which breaks off is not lost. */
export class Results {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /**
   * To be called before anything is measured: that the file can be read, and written to. What a run that was killed had
   * not written to its end is cut off, so that the next line has one to itself.
   * @throws ArgumentError as `all`, or which says why nothing can be written
   */
  async prepare(): Promise<void> {
    await this.all()
    try {
      await mkdir(dirname(this.#file), { recursive: true })
      await appendFile(this.#file, '')
      const bytes = await readFile(this.#file)
      const whole = bytes.lastIndexOf('\n') + 1
      const rest = bytes.toString('utf8', whole)
      if (recordIn(rest) !== undefined) await appendFile(this.#file, '\n')
      else if (rest !== '') await truncate(this.#file, whole)
    } catch (error) {
      throw this.#refusal(` (${systemReason(error)})`, error)
    }
  }

  async add(record: BenchRecord): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true })
    await appendFile(this.#file, `${JSON.stringify(record)}\n`)
  }

  /** @throws ArgumentError that names the line which is broken, or says why the file cannot be read */
  async all(): Promise<BenchRecord[]> {
    const lines = (await this.#read()).split('\n')
    // What a run that was killed had not written to its end.
    if (isUnfinished(lines.at(-1) ?? '')) lines.pop()
    return lines.flatMap((line, index) => {
      if (line === '') return []
      const record = recordIn(line)
      if (record === undefined)
        throw this.#refusal(`, of which line ${index + 1} is no result of the bench`)
      return [record]
    })
  }

  /**
   * Those that there are, where none would make an empty page.
   * @throws ArgumentError as `all`, or when there are none
   */
  async some(): Promise<BenchRecord[]> {
    const records = await this.all()
    if (records.length === 0) throw this.#refusal(', which has no results')
    return records
  }

  async #read(): Promise<string> {
    try {
      return await readFile(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
      throw this.#refusal(` (${systemReason(error)})`, error)
    }
  }

  #refusal(why: string, cause?: unknown): Error {
    const found = this.#file === '' ? 'nothing' : this.#file
    return new ArgumentError(
      `--results: found ${found}${why}; allowed is a file of lines that npm run bench wrote`,
      { cause },
    )
  }
}

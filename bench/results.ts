import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Outcome } from './micro/contest.ts'
import type { Measurement } from './macro/measurement.ts'

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

  async add(record: BenchRecord): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true })
    await appendFile(this.#file, `${JSON.stringify(record)}\n`)
  }

  /** @throws Error that names the line which cannot be read */
  async all(): Promise<BenchRecord[]> {
    let text: string
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
    const lines = text.split('\n')
    // What a run that was killed had not written to its end.
    if (lines.at(-1) !== '') lines.pop()
    return lines
      .filter((line) => line !== '')
      .map((line, index) => {
        try {
          return JSON.parse(line) as BenchRecord
        } catch (error) {
          throw new Error(`${this.#file}, line ${index + 1} is no JSON`, { cause: error })
        }
      })
  }
}

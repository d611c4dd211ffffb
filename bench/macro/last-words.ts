import type { Readable } from 'node:stream'

const keptChars = 1_024

/**
 * The end of what a program writes, to tell it where the program fails. Everything is read, so that it never waits for
 * us, and no more than the last KiB is kept.
 */
export class LastWords {
  #text = ''

  constructor(stream: Readable | null) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-keptChars)
    })
  }

  /** A message with them behind it, if there are any, in one line: it goes onto the page. */
  behind(message: string): string {
    const words = this.#text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
    return words === '' ? message : `${message}: ${words}`
  }
}

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'

const page = new URL('../../docs/JOURNEYS.md', import.meta.url)

/** The commands of one journey of docs/JOURNEYS.md, in their order: what one would type, without the remarks. */
export async function commandsOf(letter: string): Promise<readonly string[]> {
  const text = await readFile(page, 'utf8')
  const section = text.split(/^## /m).find((each) => each.startsWith(`${letter}. `))
  assert(section !== undefined, `docs/JOURNEYS.md has no journey ${letter}`)
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const commands = blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '')
    // What one prints, the next may need.
    .flatMap((line) => line.split('; '))
  assert(commands.length > 0, `journey ${letter} has no commands`)
  return commands
}

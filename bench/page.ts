import { access, constants, readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { ArgumentError } from './arguments.ts'
import { systemReason } from './system-reason.ts'

const from = '<!-- measured: npm run bench -->'
const to = '<!-- /measured -->'

/**
 * A page with what is between the two marks replaced, and nothing else touched.
 * @throws Error where there are not exactly these two, in this order
 */
export function withTables(page: string, tables: string): string {
  if (!hasMarks(page))
    throw new Error(`the page must have one line ${from} and after it one line ${to}`)
  const start = page.indexOf(from) + from.length
  return `${page.slice(0, start)}\n\n${tables.trim()}\n\n${page.slice(page.indexOf(to))}`
}

function hasMarks(page: string): boolean {
  const [start, end] = [page.indexOf(from), page.indexOf(to)]
  const isOnce = page.lastIndexOf(from) === start && page.lastIndexOf(to) === end
  return start >= 0 && end > start && isOnce
}

/**
 * That the tables can be written there: better known before hours of measuring than after.
 * @throws ArgumentError which says why not
 */
export async function checkPage(file: string): Promise<void> {
  let page: string
  try {
    page = await readFile(file, 'utf8')
    await access(file, constants.W_OK)
  } catch (error) {
    throw refusal(file, ` (${systemReason(error)})`, error)
  }
  if (!hasMarks(page)) throw refusal(file, '')
}

function refusal(file: string, why: string, cause?: unknown): Error {
  return new ArgumentError(
    `--page: found ${file || 'nothing'}${why}; allowed is a page with one line ${from} and after it one line ${to}`,
    { cause },
  )
}

/**
 * Writes the tables into the page, in the form that `npm run format` gives it.
 * @throws ArgumentError as `checkPage`, and then the page is left as it is
 */
export async function writePage(file: string, tables: string): Promise<void> {
  await checkPage(file)
  const page = withTables(await readFile(file, 'utf8'), tables)
  await writeFile(file, await format(page, { ...(await resolveConfig(file)), filepath: file }))
}

import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'

const from = '<!-- measured: npm run bench -->'
const to = '<!-- /measured -->'

/**
 * A page with what is between the two marks replaced, and nothing else touched.
 * @throws Error where there are not exactly these two, in this order
 */
export function withTables(page: string, tables: string): string {
  const [start, end] = [page.indexOf(from), page.indexOf(to)]
  const isOnce = page.lastIndexOf(from) === start && page.lastIndexOf(to) === end
  if (start < 0 || end < start || !isOnce)
    throw new Error(`the page must have one line ${from} and after it one line ${to}`)
  return `${page.slice(0, start + from.length)}\n\n${tables.trim()}\n\n${page.slice(end)}`
}

/** That the tables can be written there: better known before hours of measuring than after. @throws Error as `writePage` */
export async function checkPage(file: string): Promise<void> {
  try {
    withTables(await readFile(file, 'utf8'), '')
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}

/** Writes the tables into the page, in the form that `npm run format` gives it. The file is left as it is when it has not the two marks. */
export async function writePage(file: string, tables: string): Promise<void> {
  await checkPage(file)
  const page = withTables(await readFile(file, 'utf8'), tables)
  await writeFile(file, await format(page, { ...(await resolveConfig(file)), filepath: file }))
}

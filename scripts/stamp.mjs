import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Files below `path` (a file or a folder, relative to `root`), sorted, as paths relative to `root`. `deep: false`: only
 * those directly in the folder.
 */
export function filesBelow(root, path, { deep = true } = {}) {
  let entries
  try {
    entries = readdirSync(join(root, path), { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    if (error.code === 'ENOENT') return []
    throw error
  }
  const found = entries.flatMap((entry) => {
    const below = path === '.' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) return deep ? filesBelow(root, below) : []
    return entry.isFile() ? [below] : []
  })
  // By code units, which no locale changes.
  return found.toSorted((one, other) => (one < other ? -1 : 1))
}

/** One hash over names and contents: touching a file without changing it, or a checkout, is no change. */
export function hashOf(root, paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesBelow(root, path))) {
    const content = readFileSync(join(root, file))
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** Whether the work that `file` stands for was done for exactly this value. */
export function isStamped(file, value) {
  try {
    return readFileSync(file, 'utf8') === value
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** Notes that the work is done. To be called last, so that work cut short is done again. */
export function stamp(file, value) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, value)
}

import { readFileSync } from 'node:fs'

/** Version of this package. From the sources as from dist/, the package's description is in a folder above. */
export function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8')
      const { name, version: found } = JSON.parse(text) as { name?: string; version?: string }
      if (name === 'latchkey' && found !== undefined) return found
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return 'unknown'
}

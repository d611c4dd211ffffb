import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Version of this package: package.json is beside this file as source, and one folder up as `dist/version.js`. */
export function version(): string {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const file = new URL(
    here.endsWith('/dist/') ? '../package.json' : './package.json',
    import.meta.url,
  )
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}

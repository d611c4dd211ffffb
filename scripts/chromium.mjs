import { installDebian } from './debian.mjs'
import { findProgram } from './processes.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome']

const find = () => names.map((name) => findProgram(name)).find((path) => path !== undefined)

/** Path of the browser in which the page is tested. `install`: gets Debian's where there is none. */
export async function findChromium({ install = false } = {}) {
  const found = find()
  if (found !== undefined || !install) return found
  await installDebian(['chromium'], { why: 'The tests of the page need Chromium' })
  return find()
}

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The Chromium that `npm test` makes sure of, with a fresh profile. */
export async function launchChromium(): Promise<Browser> {
  const { findChromium } = (await import(
    new URL('../../scripts/chromium.mjs', import.meta.url).href
  )) as { readonly findChromium: () => Promise<string | undefined> }
  const executablePath = await findChromium()
  assert(executablePath !== undefined, 'Chromium is missing; npm test installs it')
  return chromium.launch({ executablePath, args: flags })
}

/** What axe finds on a page that would keep people out: everything serious or critical, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  // By the debugger and not as a script of the page, whose security policy would refuse it.
  await page.evaluate(await readFile(axe, 'utf8'))
  return page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; impact: string; help: string; nodes: { html: string }[] }[]
        }>
      }
    }
    const { violations } = await checker.run()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

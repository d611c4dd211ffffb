#!/usr/bin/env node
// `npm test`: everything the tests need, then the tests. Arguments go to mocha: `npm test -- --grep "a revoke"`.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'
import { findChromium } from './chromium.mjs'
import { alone } from './lock.mjs'
import { checkNode, installPackages } from './packages.mjs'
import { run } from './processes.mjs'
import { installPython } from './python.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

checkNode(root)
await alone(join(root, '.cache/lock'), async () => {
  await installPackages(root)
  await findChromium({ install: true })
  await installPython(root)
  await build()
})
process.exitCode = await run(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), ...process.argv.slice(2)],
  { cwd: root },
)

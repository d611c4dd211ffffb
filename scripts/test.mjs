#!/usr/bin/env node
// `npm test`: everything the tests need, then the tests. Arguments go to mocha: `npm test -- --grep "a revoke"`, or
// `npm test -- test/page.test.ts`.
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

const args = process.argv.slice(2)
// Not in .mocharc.json, where it would be added to the files that are named.
if (!args.some((arg) => arg.endsWith('.test.ts'))) args.push('test/**/*.test.ts')
process.exitCode = await run(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), ...args],
  { cwd: root },
)

#!/usr/bin/env node
// `npm start`: from a fresh clone to a running demo house, and to nothing but the house when all is in place.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'
import { alone } from './lock.mjs'
import { checkNode, installPackages } from './packages.mjs'
import { run } from './processes.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

checkNode(root)
await alone(join(root, '.cache/lock'), async () => {
  await installPackages(root)
  await build()
})
process.exitCode = await run(process.execPath, [
  join(root, 'dist/cli.js'),
  'demo',
  ...process.argv.slice(2),
])

#!/usr/bin/env node
import { chmodSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alone } from './lock.mjs'
import { giveUp, run } from './processes.mjs'
import { filesBelow, hashOf, isStamped, stamp } from './stamp.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'dist/.stamp')

/** Everything that dist/ is made of. What is not TypeScript of ours is listed so that a new compiler builds anew. */
const sources = [
  'authenticators',
  'authority',
  'authorizers',
  'cli',
  'clients',
  'console',
  'demo',
  'ecosystems',
  'federation',
  'proofs',
  'realms',
  'router',
  'scripts/build.mjs',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
]

function sourceHash() {
  const atRoot = filesBelow(root, '.', { deep: false }).filter((file) => file.endsWith('.ts'))
  return hashOf(root, [...atRoot, ...sources])
}

/** Removes what was emitted from sources that are gone: a stale module would still be importable. */
function prune() {
  for (const file of filesBelow(root, 'dist')) {
    const module = /^dist\/(?!console\/)(.*)\.(?:js|js\.map|d\.ts)$/.exec(file)?.[1]
    if (module === undefined) continue
    if (filesBelow(root, `${module}.ts`).length === 0) rmSync(join(root, file))
  }
}

async function step(program, args) {
  const code = await run(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
  })
  if (code !== 0) giveUp(`The build failed in ${program.split('/')[0]}.`)
}

/** Compiles the router to dist/ and bundles the page to dist/console/, unless the sources are those of last time. */
export async function build({ force = false } = {}) {
  const hash = sourceHash()
  if (!force && isStamped(stampFile, hash)) return
  console.error('Building.')
  rmSync(stampFile, { force: true })
  await step('typescript/bin/tsc', ['-p', 'tsconfig.build.json'])
  prune()
  await step('vite/bin/vite.js', ['build', 'console', '--logLevel', 'warn'])
  chmodSync(join(root, 'dist/cli.js'), 0o755)
  stamp(stampFile, hash)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await alone(join(root, '.cache/lock'), () => build({ force: true }))

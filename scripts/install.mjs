#!/usr/bin/env node
// The packages alone, for `npm run check` and `.ci/run`: what formats, lints and type-checks needs them first.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alone } from './lock.mjs'
import { checkNode, installPackages } from './packages.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

checkNode(root)
await alone(join(root, '.cache/lock'), () => installPackages(root))

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { installDebian } from './debian.mjs'
import { ask, giveUp, run } from './processes.mjs'
import { isStamped, stamp } from './stamp.mjs'

/** The other implementation of WAMP that ours is tried with. */
export const requirement = 'autobahn[encryption,scram]==26.10.2'

const interpreters = ['python3', '/usr/bin/python3']

/** autobahn's own floor. */
const floor = '3.11'

/** The first interpreter that can make a virtual environment: Debian ships `venv` apart from Python. */
async function findInterpreter() {
  const probe = `import sys, venv, ensurepip; assert sys.version_info >= (${floor.replace('.', ',')})`
  for (const interpreter of interpreters)
    if ((await ask(interpreter, ['-c', probe])).code === 0) return interpreter
  return undefined
}

async function step(program, ...args) {
  const code = await run(program, args)
  if (code !== 0) giveUp(`${program} ${args.join(' ')} failed; what it says above tells why.`)
}

/** Makes `.cache/python`, a virtual environment with what the interoperability tests need, unless it is there. */
export async function installPython(root) {
  const folder = join(root, '.cache/python')
  const python = join(folder, 'bin/python')
  const stampFile = join(folder, '.stamp')
  // The environment's path is written into its files, so a tree that was moved gets another.
  const wanted = `${requirement}\n${folder}\n`
  if (isStamped(stampFile, wanted) && (await ask(python, ['-c', ''])).code === 0) return
  let interpreter = await findInterpreter()
  if (interpreter === undefined) {
    const why = 'The tests with other WAMP implementations need Python'
    await installDebian(['python3', 'python3-venv'], { why })
    interpreter = await findInterpreter()
  }
  if (interpreter === undefined)
    giveUp(`Python ${floor} or newer is needed, with its modules venv and ensurepip.`)
  console.error(`Installing ${requirement} to .cache/python.`)
  rmSync(folder, { recursive: true, force: true })
  await step(interpreter, '-m', 'venv', folder)
  await step(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement)
  await step(python, '-c', 'import autobahn')
  stamp(stampFile, wanted)
}

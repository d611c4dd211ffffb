import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ask, findProgram, giveUp, run } from './processes.mjs'

const compilers = [
  { program: 'python3', debian: 'python3' },
  { program: 'make', debian: 'make' },
  { program: 'g++', debian: 'g++' },
]

/** Ends the command where Node is older than package.json's `engines` asks for. */
export function checkNode(root, version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const floor = engines.node.replace(/^>=\s*/, '')
  const [wantedMajor, wantedMinor] = floor.split('.').map(Number)
  const [major, minor] = version.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  giveUp(`Latchkey needs Node ${floor} or newer; this is Node ${version} (${process.execPath}).`)
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whether node_modules holds what package-lock.json names, by the record that npm keeps of its own work. */
export function areInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules/.package-lock.json'))
  if (wanted === undefined || present === undefined) return false
  for (const [path, { version }] of Object.entries(present))
    if (wanted[path]?.version !== version) return false
  // Packages of other platforms are in the lock and not on the disk.
  for (const [path, { optional }] of Object.entries(wanted))
    if (path !== '' && !optional && present[path] === undefined) return false
  return existsSync(join(root, 'node_modules/sqlite3/build/Release/node_sqlite3.node'))
}

function headersOf(prefix) {
  return join(prefix, 'include/node/node_api.h')
}

/**
 * Where the headers of this very Node are, if they came with it: then nothing has to be fetched to compile sqlite3.
 * `undefined` also where npm was told another place.
 */
export function nodeHeaders(execPath = process.execPath, environment = process.env) {
  if (environment.npm_config_nodedir !== undefined) return undefined
  const prefix = dirname(dirname(execPath))
  return existsSync(headersOf(prefix)) ? prefix : undefined
}

async function missingCompilers() {
  const missing = []
  for (const { program, debian } of compilers) {
    // A version manager's shim is on the path even where nothing is behind it, so each is asked.
    const found =
      findProgram(program) !== undefined && (await ask(program, ['--version'])).code === 0
    if (!found) missing.push({ program, debian })
  }
  return missing
}

/** `npm ci`, but only where node_modules is not what the lock asks for: it compiles sqlite3 each time. */
export async function installPackages(root) {
  if (areInstalled(root)) return
  const missing = await missingCompilers()
  if (missing.length > 0)
    giveUp(
      `Cannot compile sqlite3: ${missing.map(({ program }) => program).join(', ')} not found.`,
      `On Debian and Ubuntu: sudo apt-get install ${missing.map(({ debian }) => debian).join(' ')}`,
    )
  console.error('Installing packages; compiling sqlite3 takes about a minute.')
  // node-gyp's own spelling of the option: of `npm_config_nodedir` npm says that it does not know it.
  const headers = nodeHeaders()
  const code = await run('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    env: {
      ...process.env,
      ...(headers !== undefined && { npm_package_config_node_gyp_nodedir: headers }),
    },
  })
  if (code === 0) return
  giveUp(
    'npm ci failed; what it says above tells why.',
    ...(headers === undefined
      ? [
          `Compiling sqlite3 needs the headers of this Node. They are not beside it (${headersOf(dirname(dirname(process.execPath)))}), so they are fetched from nodejs.org.`,
          "If that cannot be reached: install Node with its headers (Debian and Ubuntu: libnode-dev with Debian's nodejs), or name their folder: npm_config_nodedir=FOLDER npm start",
        ]
      : []),
  )
}

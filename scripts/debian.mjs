import { findProgram, giveUp, run } from './processes.mjs'

/** Installs Debian packages where we may; where not, says what to type and ends the command. */
export async function installDebian(packages, { why }) {
  const mayInstall = process.getuid?.() === 0 && findProgram('apt-get') !== undefined
  if (mayInstall) {
    console.error(`${why}: installing ${packages.join(' ')}.`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const args = ['install', '--yes', '--no-install-recommends', '-qq', ...packages]
    // The lists of a fresh image are empty or old, so a first failure only asks for new ones.
    if ((await run('apt-get', args, { env, stdio: 'ignore' })) === 0) return
    await run('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 2, 2] })
    if ((await run('apt-get', args, { env, stdio: ['ignore', 2, 2] })) === 0) return
  }
  giveUp(
    `${why}: ${packages.join(' ')} missing.`,
    `On Debian and Ubuntu: sudo apt-get install ${packages.join(' ')}`,
  )
}

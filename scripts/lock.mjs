import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const longestWaitMs = 15 * 60_000

function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/**
 * Takes away the lock of a process that is gone. Two may try at once, and the second would take the first one's new
 * lock: what comes away is looked at, and given back if it is not what was meant.
 */
function takeAway(file, holder) {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
    if (holderOf(aside) !== holder) linkSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Runs `work` while no other command of this tree does: two of them started together would install and build into
 * each other's files. The lock of a process that is gone is taken over.
 */
export async function alone(file, work, { waitMs = longestWaitMs, say = console.error } = {}) {
  mkdirSync(dirname(file), { recursive: true })
  const giveUpAt = Date.now() + waitMs
  let told = false
  while (!take(file)) {
    const holder = holderOf(file)
    if (holder === undefined) continue
    if (holder > 0 && !lives(holder)) {
      takeAway(file, holder)
      continue
    }
    if (Date.now() > giveUpAt)
      throw new Error(`process ${holder} has held ${file} for too long; end it or remove the file`)
    if (!told) say(`Waiting for process ${holder}, which installs or builds here.`)
    told = true
    await wait(200)
  }
  const letGo = () => rmSync(file, { force: true })
  process.once('exit', letGo)
  try {
    return await work()
  } finally {
    process.off('exit', letGo)
    letGo()
  }
}

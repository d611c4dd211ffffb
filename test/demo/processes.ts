import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Whether there is a process of this id that has not ended. */
export function isAlive(pid: number): boolean {
  try {
    // A zombie is only waiting for its parent to notice.
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Resolves when none of these processes is left. Rejects when one is, after `waitMs`. */
export async function gone(pids: readonly number[], waitMs = 8_000): Promise<void> {
  const end = Date.now() + waitMs
  for (;;) {
    const left = pids.filter(isAlive)
    if (left.length === 0) return
    if (Date.now() > end) throw new Error(`still there: ${left.join(', ')}`)
    await wait(10)
  }
}

/** Ids of the processes that a process has started and that live. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ', 1)[0]) === parent
      } catch {
        return false
      }
    })
    .filter(isAlive)
}

/** Addresses on which a process listens: TCP as in /proc/net/tcp, and the paths of Unix sockets. */
export function listeners(pid: number): string[] {
  const sockets = new Set<string>()
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1]
    if (inode !== undefined) sockets.add(inode)
  }
  const listening: string[] = []
  for (const file of ['tcp', 'tcp6'])
    for (const line of readFileSync(`/proc/${pid}/net/${file}`, 'utf8').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state === '0A' && sockets.has(inode)) listening.push(`${file} ${local}`)
    }
  for (const line of readFileSync(`/proc/${pid}/net/unix`, 'utf8').split('\n').slice(1)) {
    const [, , , flags, , , inode = '', path = ''] = line.trim().split(/\s+/)
    if (flags === '00010000' && sockets.has(inode)) listening.push(`unix ${path}`)
  }
  return listening
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

import { readFileSync } from 'node:fs'

/** That a process runs no more; that nobody has asked yet how it ended does not count. */
export function isGone(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    // ESRCH: while it was read.
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return true
    throw error
  }
}

/**
 * What the system says against a file that the user named, for instance `ENOENT: no such file or directory`.
 * @throws the error itself, with its stack, where it is none of the system's
 */
export function systemReason(error: unknown): string {
  // `, open 'FILE'` follows; who tells it has named the file.
  if (error instanceof Error && 'syscall' in error) return error.message.split(', ')[0] ?? ''
  throw error
}

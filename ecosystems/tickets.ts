import { createHash } from 'node:crypto'

/**
 * The ticket that names a request, and the digest under which the request is kept. It is made from the request's id, so
 * that whoever asks again gets the same one, also after a restart. It is no secret that opens anything: only the party
 * that has asked learns by it what became of the request.
 */
export function ticketOf(id: string): { readonly ticket: string; readonly hash: string } {
  const ticket = `tk_${sha256(`ticket ${id}`).slice(0, 32)}`
  return { ticket, hash: hashOf(ticket) }
}

export function hashOf(ticket: string): string {
  return sha256(ticket)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

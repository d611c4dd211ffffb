import { request } from 'node:http'
import { z } from 'zod'
import { DemoError, providerSocket } from './provider-files.ts'

const answerSchema = z.union([z.object({ token: z.string() }), z.object({ error: z.string() })])

const timeoutMs = 5_000

/** How strongly somebody has signed in, in the words of the demo's provider: by a password, or by two factors. */
export const acrs = ['password', 'gold'] as const

export type Acr = (typeof acrs)[number]

/**
 * An ID token of one hour for a person of the demo, issued by the running provider itself, as after a sign-in now.
 * `dir`: the provider's folder. `acr`: what the token says of the sign-in.
 * @throws DemoError when no provider runs there, or it knows no such person (the message lists those it knows)
 */
export async function issueToken(
  dir: string,
  person: string,
  acr: Acr = 'password',
): Promise<string> {
  const answer = answerSchema.parse(JSON.parse(await ask(dir, JSON.stringify({ person, acr }))))
  if ('token' in answer) return answer.token
  throw new DemoError(answer.error)
}

function ask(dir: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: Error): void =>
      reject(new DemoError(`the demo's provider in ${dir} ${reason}`, { cause }))
    const asking = request({
      socketPath: providerSocket(dir),
      path: '/token',
      method: 'POST',
      headers: { 'content-length': Buffer.byteLength(body) },
      timeout: timeoutMs,
    })
    asking.once('timeout', () => asking.destroy(new Error(`no answer within ${timeoutMs} ms`)))
    asking.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'ECONNREFUSED')
        fail('is not running: start the demo there first', error)
      else if (code === 'EACCES') fail('is another user’s', error)
      else fail(`did not answer: ${error.message}`, error)
    })
    asking.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.once('error', (error) => fail(`did not answer: ${error.message}`, error))
      response.once('end', () => resolve(text))
    })
    asking.end(body)
  })
}

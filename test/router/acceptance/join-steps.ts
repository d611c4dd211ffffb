import assert from 'node:assert/strict'
import type { Extra } from '../../support/proofs.ts'
import { allRoles, type WampClient, type Wire } from '../../support/wamp-client.ts'
import { assertAborted, type Scene } from './scene.ts'

export type Details = Readonly<Record<string, unknown>>

/** A join, one step after the other. Without a realm: that of bench/auth.yaml. */
export interface JoinSteps {
  readonly hello: (
    details: Details,
    realm?: string,
  ) => Promise<{ client: WampClient; answer: Wire }>
  /** HELLO; the method and Extra of the CHALLENGE. */
  readonly challenged: (
    details: Details,
    realm?: string,
  ) => Promise<{ client: WampClient; method: unknown; extra: Extra }>
  /** The details of a WELCOME, which the answer must be. */
  readonly welcomed: (answer: Wire) => Details
  /** AUTHENTICATE; the answer must be ABORT, and the transport is closed. */
  readonly refused: (
    client: WampClient,
    signature: string,
    extra?: Extra,
    reason?: string,
  ) => Promise<string>
}

export function joinSteps(scene: () => Scene): JoinSteps {
  const hello = async (
    details: Details,
    realm = 'auth1',
  ): Promise<{ client: WampClient; answer: Wire }> => {
    const client = await scene().connect()
    return { client, answer: await client.ask([1, realm, { roles: allRoles, ...details }]) }
  }

  /** HELLO; the method and Extra of the CHALLENGE. */
  const challenged = async (
    details: Details,
    realm?: string,
  ): Promise<{ client: WampClient; method: unknown; extra: Extra }> => {
    const { client, answer } = await hello(details, realm)
    assert.equal(answer[0], 4, JSON.stringify(answer))
    assert.equal(answer.length, 3)
    return { client, method: answer[1], extra: answer[2] as Extra }
  }

  const welcomed = (answer: Wire): Details => {
    assert.equal(answer[0], 2, JSON.stringify(answer))
    return answer[2] as Details
  }

  /** AUTHENTICATE; the answer must be ABORT, and the transport is closed. */
  const refused = async (
    client: WampClient,
    signature: string,
    extra: Extra = {},
    reason = 'wamp.error.authentication_denied',
  ): Promise<string> => {
    client.send([5, signature, extra])
    return assertAborted(client, reason)
  }

  return { hello, challenged, welcomed, refused }
}

import { deviceClientId } from './clients.ts'
import type { DeviceFlow } from './device-flow.ts'
import type { Exchange } from './exchange.ts'
import { HttpProblem, invalidRequest } from './http-problem.ts'
import { paths } from './paths.ts'

/** Device authorization request (RFC 8628 §3.1), answered with `interval`. @throws HttpProblem */
export async function deviceAuthorization(
  exchange: Exchange,
  flow: DeviceFlow,
  issuer: string,
): Promise<void> {
  exchange.allow('POST')
  const parameters = await exchange.form()
  const client = parameters.get('client_id')
  if (client === undefined) throw invalidRequest('client_id is missing')
  if (client !== deviceClientId)
    throw new HttpProblem(401, 'invalid_client', 'the client is unknown, or is no device')
  const codes = flow.begin(client, exchange.request.socket.remoteAddress ?? '')
  exchange.send(200, {
    device_code: codes.deviceCode,
    user_code: codes.userCode,
    verification_uri: issuer + paths.device,
    expires_in: Math.floor((codes.expiresAt - codes.createdAt) / 1000),
    interval: Math.ceil(codes.intervalMs / 1000),
  })
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Claim a device</title>
<h1>Claim a device</h1>
<p>Whoever holds level 1 in the house claims the device with the code that it shows:</p>
<pre>latchkey device claim ABCD-EFGH --ecosystem home --class light</pre>
<p>Claim only a device that is before you, and compare its code letter by letter.</p>
</html>
`

/** `verification_uri`, for people. Takes no code: it is claimed where its owner has signed in already. */
export function devicePage(exchange: Exchange): void {
  exchange.allow('GET', 'HEAD')
  exchange.response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    })
    .end(exchange.method === 'HEAD' ? undefined : page)
}

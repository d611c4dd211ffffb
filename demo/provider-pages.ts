import { createHash } from 'node:crypto'

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --ground: #eef1f4; --line: #6b7480; --mark: #0b57d0; --on-mark: #fff; --wrong: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --paper: #24282d; --ground: #16191c; --line: #9aa3ad; --mark: #a8c7fa; --on-mark: #0b2a5c; --wrong: #ffb4ab } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 24rem; padding: 2rem; border-radius: .75rem; background: var(--paper) }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.25 }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
input { width: 100%; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: var(--ink); font: inherit }
button { margin-top: 1.5rem; width: 100%; padding: .7rem; border: 1px solid var(--mark); border-radius: .4rem; background: var(--mark); color: var(--on-mark); font: inherit; font-weight: 600; cursor: pointer }
button.quiet { margin-top: .75rem; background: var(--paper); color: var(--mark) }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px }
.wrong { margin: 0; color: var(--wrong); font-weight: 600 }
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** A page of the provider: its text, and the headers without which it must not be sent. */
export interface Page {
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

/** Text as it may stand in HTML and in quoted attributes. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** `formTargets`: origins to which a form leads in the end, since browsers check the redirects after it too. */
function page(title: string, body: string, formTargets: readonly string[] = []): Page {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    'img-src data:',
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Demo accounts</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cache-control': 'no-store',
      // Not `no-referrer`, under which browsers send forms with the origin `null`.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    },
  }
}

/** The sign-in. `problem` says why an earlier try did not work; `name` is what was typed then. */
export function signInPage(parts: {
  readonly action: string
  readonly client: string
  readonly returnOrigin: string | undefined
  readonly name?: string
  readonly problem?: string
}): Page {
  const { action, client, returnOrigin, name = '', problem } = parts
  const wrong = problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"'
  const focusName = name === '' ? ' autofocus' : ''
  const focusPassword = name === '' ? '' : ' autofocus'
  return page(
    `Sign in to ${client}`,
    `${problem === undefined ? '' : `<p class="wrong" id="problem" role="alert">${escaped(problem)}</p>`}
<form method="post" action="${escaped(action)}">
<label for="name">Name</label>
<input id="name" name="name" value="${escaped(name)}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required${focusName}${wrong}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="128" required${focusPassword}${wrong}>
<button type="submit">Sign in</button>
</form>`,
    returnOrigin === undefined ? [] : [returnOrigin],
  )
}

/** Asks whether to sign out. `form` is the provider's own, which carries its proof against forgery. */
export function signOutPage(form: string, returnOrigin: string | undefined): Page {
  return page(
    'Sign out?',
    `${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button type="submit" form="op.logoutForm" class="quiet">Stay signed in</button>`,
    returnOrigin === undefined ? [] : [returnOrigin],
  )
}

export function signedOutPage(): Page {
  return page('Signed out', '<p>You can close this page.</p>')
}

/** `lines` are shown as they are. */
export function problemPage(title: string, lines: readonly string[]): Page {
  return page(title, lines.map((line) => `<p>${escaped(line)}</p>`).join('\n'))
}

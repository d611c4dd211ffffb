import type { JSX } from 'preact'
import { may } from './house.ts'
import type { DeviceView, House } from './house.ts'
import { nameOf, stateInWords, toneOf, verbInWords } from './words.ts'

const icons: Readonly<Record<string, string>> = {
  light: 'M9 18h6m-5 3h4M12 3a6 6 0 0 0-3.6 10.8c.4.3.6.7.6 1.2h6c0-.5.2-.9.6-1.2A6 6 0 0 0 12 3Z',
  tv: 'M4 6h16v11H4zM9 21h6m-3-4v4',
  lock: 'M6 11h12v9H6zm2.5 0V7.5a3.5 3.5 0 0 1 7 0V11M12 14.5v2',
  safe: 'M4 4h16v15H4zm3 15v2m10-2v2M15 11.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0Zm-3-3v-1m0 8v-1',
  sensor: 'M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7.8 16.2a6 6 0 0 1 0-8.4m8.4 0a6 6 0 0 1 0 8.4',
}

function Icon({ kind }: { kind: string }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={icons[kind] ?? icons['sensor']} />
    </svg>
  )
}

interface CardProps {
  readonly device: DeviceView
  readonly house: House
  /** Whether there is a session, without which nothing can be called. */
  readonly connected: boolean
}

export function DeviceCard({ device, house, connected }: CardProps): JSX.Element {
  const { prefix, state, online, busy, problem, news } = device
  const name = nameOf(device)
  const { room } = device.attributes
  const heading = `device-${device.device}`
  const toggle = `${prefix}.switch`
  const isOn = state?.['on'] === true
  const buttons = device.capabilities
    .filter(({ action, uri }) => action === 'call' && ![`${prefix}.state`, toggle].includes(uri))
    .map(({ uri }) =>
      uri === `${prefix}.play` && typeof state?.['playing'] === 'string'
        ? { uri, label: 'Stop', args: [null] }
        : { uri, label: verbInWords(uri), args: [] },
    )
  const status = !online ? 'Not connected' : state === undefined ? ' ' : stateInWords(state)
  const disabled = !connected || !online || busy !== undefined
  return (
    <article
      class="card"
      data-tone={online ? toneOf(state ?? {}) : undefined}
      aria-labelledby={heading}
    >
      <Icon kind={device.class} />
      <div>
        <h2 id={heading}>
          {name} {typeof room === 'string' && <small>{room}</small>}
        </h2>
        <p class="status" role="status">
          {status}
        </p>
      </div>
      <div class="actions">
        {may(device, 'call', toggle) && (
          <button
            class="switch"
            role="switch"
            aria-checked={isOn}
            aria-label={`${name}: switch`}
            aria-disabled={disabled}
            onClick={() => !disabled && void house.act(device, toggle, [!isOn])}
          />
        )}
        {buttons.map(({ uri, label, args }) => (
          <button
            key={uri}
            aria-disabled={disabled}
            aria-label={`${label} ${name}`}
            onClick={() => !disabled && void house.act(device, uri, args)}
          >
            {label}
          </button>
        ))}
      </div>
      <p class="news" role="status">
        {news}
      </p>
      <p class="problem" role="alert">
        {problem}
      </p>
    </article>
  )
}

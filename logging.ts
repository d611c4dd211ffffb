import { pino, type Logger } from 'pino'
import type { EngineLog } from './router/log.ts'

/** Keys whose values are secrets wherever they stand. */
const secretKeys = ['token', 'ticket', 'provisioningCode', 'signature', 'password', 'secret']

/** JSON lines on standard error, without secrets: standard output belongs to what was asked for. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}

/** The engine's view of a logger. */
export function engineLog(logger: Logger): EngineLog {
  return (level, message, details) => logger[level](details ?? {}, message)
}

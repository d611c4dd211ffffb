/** Where the engine writes what operators should know. Never called per message. */
export type EngineLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  details?: object,
) => void

export const noLog: EngineLog = () => undefined

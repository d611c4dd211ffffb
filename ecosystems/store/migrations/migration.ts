/** One step from a version of the schema to the next. Once released it never changes. */
export interface Migration {
  /** The version that the schema has afterwards: counted from 1, without gaps. */
  readonly version: number
  readonly sql: string
}

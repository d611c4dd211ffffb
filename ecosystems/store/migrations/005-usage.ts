import type { Migration } from './migration.ts'

/** Who used and heard what, by the minute. */
export const usage: Migration = {
  version: 5,
  sql: `
create table usage (
  id integer primary key autoincrement,
  at integer not null,
  realm text not null,
  reader text not null,
  uri text not null,
  action text not null check (action in ('call', 'subscribe')),
  count integer not null check (count > 0)
) strict;

create index usage_by_time on usage (at);
`,
}

import type { Migration } from './migration.ts'

/** Events of topics whose history is kept. */
export const events: Migration = {
  version: 2,
  sql: `
create table events (
  realm text not null,
  match text not null check (match in ('exact', 'prefix', 'wildcard')),
  uri text not null,
  number integer not null,
  topic text not null,
  publication integer not null,
  at integer not null,
  marks text not null check (json_valid(marks)),
  lists text not null check (json_valid(lists)),
  serializer text not null,
  elements integer not null,
  payload blob not null,
  primary key (realm, match, uri, number)
) strict, without rowid;

create index events_by_publication on events (realm, match, uri, publication);
`,
}

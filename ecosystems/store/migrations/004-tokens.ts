import type { Migration } from './migration.ts'

/** What the authorization server has handed out, each under the digest of its name. */
export const tokens: Migration = {
  version: 4,
  sql: `
create table tokens (
  kind text not null,
  hash text not null,
  payload text not null check (json_valid(payload)),
  grant_id text,
  owner text,
  created_at integer not null,
  expires_at integer,
  consumed_at integer,
  primary key (kind, hash)
) strict, without rowid;

create index tokens_by_grant on tokens (grant_id) where grant_id is not null;
create index tokens_by_owner on tokens (kind, owner) where owner is not null;
create index tokens_by_end on tokens (expires_at) where expires_at is not null;
`,
}

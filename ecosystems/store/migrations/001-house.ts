import type { Migration } from './migration.ts'

/** People, devices, ecosystems, grants, codes and the audit. */
export const house: Migration = {
  version: 1,
  sql: `
create table idps (
  issuer text not null,
  client_id text not null,
  jwks_uri text,
  created_at integer not null,
  primary key (issuer, client_id)
) strict;

create table people (
  id text primary key,
  name text not null,
  status text not null check (status in ('active', 'disabled')),
  created_at integer not null
) strict;

create table identities (
  issuer text not null,
  subject text not null,
  person text not null references people (id),
  created_at integer not null,
  primary key (issuer, subject)
) strict;

create table ecosystems (
  id text primary key,
  realm text not null,
  name text not null,
  created_at integer not null
) strict;

create table classes (
  id text primary key,
  prefix text not null
) strict;

create table class_capabilities (
  class text not null references classes (id),
  position integer not null,
  verb text not null,
  action text not null check (action in ('call', 'subscribe', 'publish')),
  level integer not null check (level between 1 and 99),
  primary key (class, action, verb)
) strict;

create table devices (
  id text primary key,
  realm text not null,
  class text not null references classes (id),
  prefix text not null,
  public_key text not null unique,
  status text not null check (status in ('active', 'quarantined')),
  attributes text not null check (json_valid(attributes)),
  announced text not null check (json_valid(announced)),
  created_at integer not null,
  unique (realm, prefix)
) strict;

create table device_ecosystems (
  device text not null references devices (id),
  position integer not null,
  ecosystem text not null references ecosystems (id),
  primary key (device, ecosystem)
) strict;

create table capabilities (
  device text not null references devices (id),
  uri text not null,
  action text not null check (action in ('call', 'subscribe', 'publish')),
  ecosystem text not null references ecosystems (id),
  level integer not null check (level between 1 and 99),
  primary key (device, uri, action, ecosystem)
) strict;

create table grants (
  id text primary key,
  ecosystem text not null references ecosystems (id),
  subject_kind text not null check (subject_kind in ('person', 'device')),
  subject text not null,
  level integer not null check (level between 1 and 99),
  created_by text not null,
  created_at integer not null,
  revoked_at integer
) strict;

create table codes (
  hash text primary key,
  realm text not null,
  class text not null references classes (id),
  prefix text,
  created_by text not null,
  created_at integer not null,
  expires_at integer not null,
  redeemed_at integer,
  device text
) strict;

create table code_ecosystems (
  code text not null references codes (hash),
  position integer not null,
  ecosystem text not null references ecosystems (id),
  primary key (code, ecosystem)
) strict;

create table audit (
  seq integer primary key autoincrement,
  at integer not null,
  realm text not null,
  actor text not null,
  session integer not null,
  action text not null,
  target text not null,
  outcome text not null check (outcome in ('allow', 'deny', 'change', 'failure')),
  reason text not null,
  decision_id text,
  details text not null check (json_valid(details))
) strict;

create index audit_by_actor on audit (actor, seq);
create index audit_by_decision on audit (decision_id) where decision_id is not null;
`,
}

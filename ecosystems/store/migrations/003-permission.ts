import type { Migration } from './migration.ts'

/**
 * Providers with limits, spanning ecosystems, groups, terms of grants, invites, approvals, authenticators. Lists that
 * belong to one row become a column of it. Runs without foreign keys: tables that others refer to are made anew.
 */
export const permission: Migration = {
  version: 3,
  sql: `
alter table idps add column status text not null default 'active' check (status in ('active', 'disabled'));
alter table idps add column everywhere integer not null default 1;
alter table idps add column acr_map text not null default '{}' check (json_valid(acr_map));
alter table idps add column introspection text check (json_valid(introspection));
alter table idps add column events_audience text;

alter table people add column proofs_after integer;

alter table identities add column status text not null default 'active'
  check (status in ('active', 'disabled', 'unlinked'));
alter table identities add column disabled_by text check (disabled_by in ('house', 'provider'));

create table cutoffs (
  issuer text not null,
  subject text not null,
  sid text not null,
  at integer not null,
  kept_until integer not null,
  primary key (issuer, subject, sid)
) strict;

alter table ecosystems add column owner text references people (id);
alter table ecosystems add column pseudonyms integer not null default 0;
alter table ecosystems add column status text not null default 'active' check (status in ('active', 'deleted'));

alter table classes add column capabilities text not null default '[]' check (json_valid(capabilities));
update classes set capabilities = (
  select coalesce(json_group_array(json_object('verb', verb, 'action', action, 'level', level)), '[]')
  from (select * from class_capabilities where class = classes.id order by position)
);
drop table class_capabilities;

create table devices_3 (
  id text primary key,
  realm text not null,
  class text not null references classes (id),
  prefix text not null,
  public_key text unique,
  secret text check (json_valid(secret)),
  status text not null check (status in ('new', 'active', 'quarantined')),
  owner text references people (id),
  claim text,
  gateway text references devices (id),
  max_level integer not null check (max_level between 1 and 99),
  ecosystems text not null check (json_valid(ecosystems)),
  attributes text not null check (json_valid(attributes)),
  announced text not null check (json_valid(announced)),
  created_at integer not null,
  unique (realm, prefix)
) strict;
insert into devices_3
  (id, realm, class, prefix, public_key, status, max_level, ecosystems, attributes, announced, created_at)
  select id, realm, class, prefix, public_key, status, 1,
    (select coalesce(json_group_array(ecosystem), '[]')
      from (select ecosystem from device_ecosystems where device = devices.id order by position)),
    attributes, announced, created_at
  from devices order by rowid;
drop table device_ecosystems;
drop table devices;
alter table devices_3 rename to devices;

alter table capabilities add column conditions text not null default '{}' check (json_valid(conditions));

alter table codes add column ecosystems text not null default '[]' check (json_valid(ecosystems));
update codes set ecosystems = (
  select coalesce(json_group_array(ecosystem), '[]')
  from (select ecosystem from code_ecosystems where code = codes.hash order by position)
);
drop table code_ecosystems;

create table grants_3 (
  id text primary key,
  subject_kind text not null check (subject_kind in ('person', 'device', 'group', 'identity')),
  subject text not null,
  ecosystem text references ecosystems (id),
  device text references devices (id),
  uri text,
  match text not null check (match in ('exact', 'prefix')),
  actions text check (json_valid(actions)),
  effect text not null check (effect in ('level', 'allow', 'deny')),
  level integer not null check (level between 1 and 99),
  not_before integer,
  expires_at integer,
  schedule text,
  uses text check (json_valid(uses)),
  delegable integer not null,
  parent text references grants (id),
  purpose text,
  source text not null check (source in ('grant', 'invite', 'approval', 'emergency', 'share')),
  source_id text,
  created_by text not null,
  created_at integer not null,
  revoked_at integer,
  suspended_at integer
) strict;
insert into grants_3
  (id, subject_kind, subject, ecosystem, match, effect, level, delegable, source, created_by, created_at, revoked_at)
  select id, subject_kind, subject, ecosystem, 'exact', 'level', level, 0, 'grant', created_by, created_at, revoked_at
  from grants order by rowid;
drop table grants;
alter table grants_3 rename to grants;

create table grant_uses (
  "grant" text not null references grants (id),
  uri text not null,
  used integer not null,
  uses integer not null check (used <= uses),
  primary key ("grant", uri)
) strict;

create table idp_trusts (
  ecosystem text not null references ecosystems (id),
  issuer text not null,
  status text not null check (status in ('active', 'disabled')),
  max_level integer not null check (max_level between 1 and 99),
  acr_map text check (json_valid(acr_map)),
  primary key (ecosystem, issuer)
) strict;

create table authenticators (
  id text primary key,
  person text not null references people (id),
  name text not null,
  kind text not null check (kind in ('watch', 'phone', 'key', 'passkey')),
  public_key text not null unique,
  credential text check (json_valid(credential)),
  acr text not null check (acr in ('aal1', 'aal2', 'aal3')),
  status text not null check (status in ('active', 'suspended', 'revoked')),
  created_at integer not null
) strict;

create table local_identities (
  id text primary key,
  person text not null references people (id),
  ecosystem text not null references ecosystems (id),
  kind text not null check (kind in ('key', 'pin')),
  public_key text unique,
  pin text,
  device text,
  max_level integer not null check (max_level between 1 and 99),
  mode text not null check (mode in ('idp_down', 'always')),
  status text not null check (status in ('active', 'revoked')),
  created_by text not null,
  created_at integer not null
) strict;

create table ecosystem_edges (
  parent text not null references ecosystems (id),
  child text not null references ecosystems (id),
  levels text not null check (json_valid(levels)),
  created_at integer not null,
  primary key (parent, child)
) strict;

create table groups (
  id text primary key,
  ecosystem text not null references ecosystems (id),
  name text not null,
  status text not null check (status in ('active', 'deleted')),
  created_by text not null,
  created_at integer not null
) strict;

create table group_members (
  "group" text not null references groups (id),
  kind text not null check (kind in ('person', 'device')),
  member text not null,
  added_by text not null,
  added_at integer not null,
  primary key ("group", kind, member)
) strict;

create table level_policies (
  id text primary key,
  ecosystem text not null references ecosystems (id),
  level integer not null check (level between 1 and 99),
  uri text not null,
  match text not null check (match in ('exact', 'prefix')),
  actions text not null check (json_valid(actions)),
  effect text not null check (effect in ('allow', 'deny')),
  created_by text not null,
  created_at integer not null
) strict;

create table authorizers (
  realm text not null,
  procedure text not null,
  scope text not null,
  mode text not null check (mode in ('narrow', 'replace')),
  timeout_ms integer not null,
  created_by text not null,
  created_at integer not null,
  primary key (realm, procedure)
) strict;

create table device_acts (
  id text primary key,
  device text not null references devices (id),
  person text not null references people (id),
  scopes text not null check (json_valid(scopes)),
  created_at integer not null,
  expires_at integer not null,
  revoked_at integer
) strict;

create table shadows (
  device text primary key references devices (id),
  desired text not null check (json_valid(desired)),
  desired_version integer not null,
  desired_at integer not null,
  desired_by text not null,
  delivered_version integer not null,
  reported text not null check (json_valid(reported)),
  reported_version integer not null,
  reported_at integer not null
) strict;

create table invites (
  id text primary key,
  hash text unique,
  ecosystem text not null references ecosystems (id),
  bound_kind text not null check (bound_kind in ('person', 'identity', 'email')),
  bound text not null,
  terms text not null check (json_valid(terms)),
  uses integer not null,
  used integer not null check (used <= uses),
  expires_at integer not null,
  parent text references grants (id),
  created_by text not null,
  created_at integer not null,
  revoked_at integer,
  suspended_at integer
) strict;

create table approvals (
  id text primary key,
  ticket text not null unique,
  realm text not null,
  requester_kind text not null check (requester_kind in ('person', 'device')),
  requester text not null,
  ecosystem text not null references ecosystems (id),
  device text not null references devices (id),
  uri text not null,
  action text not null check (action in ('call', 'subscribe', 'publish')),
  state text not null check (state in ('pending', 'approved', 'denied')),
  created_at integer not null,
  expires_at integer not null,
  decided_by text,
  decided_at integer,
  "grant" text references grants (id)
) strict;

create table emergency_plans (
  id text primary key,
  owner text not null references people (id),
  delegates text not null check (json_valid(delegates)),
  ecosystem text not null references ecosystems (id),
  uri text,
  match text not null check (match in ('exact', 'prefix')),
  level integer not null check (level between 1 and 99),
  wait_ms integer not null,
  ttl_ms integer not null,
  quorum integer not null,
  notify text not null check (json_valid(notify)),
  created_at integer not null,
  revoked_at integer
) strict;

create table emergency_requests (
  id text primary key,
  plan text not null references emergency_plans (id),
  requesters text not null check (json_valid(requesters)),
  state text not null check (state in ('gathering', 'waiting', 'granted', 'vetoed', 'withdrawn')),
  due_at integer,
  decided_by text,
  decided_at integer,
  grants text not null check (json_valid(grants)),
  created_at integer not null
) strict;

create table receipts (
  id text primary key,
  person text not null references people (id),
  payee text not null,
  amount text not null,
  currency text not null,
  ref text not null,
  created_at integer not null,
  expires_at integer not null,
  used_at integer
) strict;
`,
}

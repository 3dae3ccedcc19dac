-- Keys are columns, compared byte by byte so that every node sorts alike. The rest of a row is `json`, not `jsonb`: it keeps any text whole
-- (U+0000, lone surrogates), and nothing in the database looks inside.
-- No foreign keys: the engine is the only writer, and a row never outlives what it belongs to except where that is meant (runs, conflicts).

create table instance (
  id text collate "C" primary key,
  slug text collate "C" not null unique,
  platform text not null,
  name text not null,
  url text not null,
  default_type text,
  settings bytea not null,
  webhook bytea,
  paused_until text,
  problem json,
  cursor text,
  polled_at text,
  rest json not null
);

create table side (
  id text collate "C" primary key,
  connection text collate "C" not null,
  name text not null,
  description text not null,
  mode text not null,
  instance text collate "C" not null,
  scope text,
  peer json not null,
  leads boolean not null,
  policy text not null,
  status text not null,
  start text not null,
  problem json,
  created_at text not null,
  rest json not null
);
create index side_of_instance on side (instance, id);
create index side_of_connection on side (connection);

create table twin (
  side text collate "C" not null,
  id text collate "C" not null,
  instance text collate "C" not null,
  local text collate "C",
  local_urn text collate "C",
  peer_urn text collate "C",
  status text not null,
  problem_level text,
  in_sync_at timestamptz,
  shadow json not null,
  flight json not null,
  inbox json not null,
  rest json not null,
  primary key (side, id)
) with (fillfactor = 80);
create index twin_of_entity on twin (instance, local);
create index twin_by_id on twin (id);
create index twin_by_local_urn on twin (local_urn);
create index twin_by_peer_urn on twin (peer_urn);
create index twin_by_status on twin (side, status);
create index twin_with_problem on twin (side) where problem_level is not null;
create index twin_uncreated on twin (instance) where local is null and status = 'active';

create table entity (
  instance text collate "C" not null,
  ref text collate "C" not null,
  origin text collate "C",
  entry json not null,
  primary key (instance, ref)
);
create unique index entity_by_origin on entity (instance, origin) where origin is not null;

create table trace (
  instance text collate "C" not null,
  entity text collate "C" not null,
  gid text collate "C" not null,
  kind text not null,
  local text collate "C" not null,
  seq bigint generated always as identity,
  entry json not null,
  primary key (instance, entity, gid),
  constraint trace_local unique (instance, entity, kind, local)
);

create table intent (
  id text collate "C" primary key,
  side text collate "C" not null,
  twin text collate "C" not null,
  instance text collate "C" not null,
  entity text collate "C",
  kind text not null,
  seq bigint generated always as identity,
  entry json not null
);
create index intent_of_entity on intent (instance, entity);
create index intent_of_twin on intent (side, twin);
create index intent_of_creation on intent (instance) where kind = 'entity';

create table conflict (
  id text collate "C" primary key,
  side text collate "C" not null,
  twin text collate "C" not null,
  at timestamptz not null,
  seq bigint generated always as identity,
  entry json not null
);
create index conflict_of_twin on conflict (side, twin, at, seq);

create table run (
  id text collate "C" primary key,
  side text collate "C" not null,
  twin text collate "C" not null,
  at timestamptz not null,
  seq bigint generated always as identity,
  entry json not null
);
create index run_of_twin on run (side, twin, at, seq);
create index run_of_side on run (side, at);

create table lease (
  key text collate "C" primary key,
  holder text not null,
  until timestamptz not null
);

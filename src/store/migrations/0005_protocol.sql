-- What this node is to others. `boots`: the runs of the node as a whole, the newest first; a copy of the database does not know those that came after it.
create table node (
  one boolean primary key default true check (one),
  id text collate "C" not null,
  key text not null,
  secret bytea not null,
  boots json not null,
  -- An operator has said that the newest run is the real one.
  real boolean not null default false,
  guard json
);

-- A key that was replaced, for connections whose other side has yet to be told.
create table former_key (
  side text collate "C" primary key,
  key text not null,
  secret bytea not null,
  at timestamptz not null default now()
);

-- Each signed request is taken once.
create table seen_nonce (
  key text collate "C" not null,
  nonce text collate "C" not null,
  until timestamptz not null,
  primary key (key, nonce)
);
create index seen_nonce_old on seen_nonce (until);

-- The runs of other nodes, as they have told of them. `since`: seconds since 1970, when the newest one was heard of first.
create table peer_boot (
  key text collate "C" primary key,
  boots json not null,
  since bigint not null
);

-- Calls of nodes that cannot be called: they are fetched, and their answers brought, by those nodes. Contents of files come in pieces.
create table relay_call (
  id text collate "C" primary key,
  key text not null,
  path text not null,
  headers json not null,
  body bytea not null,
  taken boolean not null default false,
  until timestamptz not null,
  status int,
  answer_headers json,
  answer bytea,
  ended boolean not null default false,
  seq bigint generated always as identity
);
create index relay_call_waiting on relay_call (key, seq) where not taken;
create index relay_call_old on relay_call (until);
create table relay_piece (
  call text collate "C" not null references relay_call (id) on delete cascade,
  n int not null,
  bytes bytea not null,
  primary key (call, n)
);

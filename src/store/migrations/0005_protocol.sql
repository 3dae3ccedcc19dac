-- What this node is to others. `boots`: the runs of the node as a whole, the newest first; a copy of the database does not know those that came after it.
create table node (
  one boolean primary key default true check (one),
  id text collate "C" not null,
  key text not null,
  secret bytea not null,
  boots json not null,
  -- The run that began when an operator said that this is the real one.
  real text,
  guard json
);

create function tell_node() returns trigger language plpgsql as $$
begin
  perform pg_notify('entente_node', '');
  return null;
end $$;
create trigger node_changed after update on node for each row execute function tell_node();
create trigger node_live after update on node for each row execute function tell_live('all');

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
-- When each of those nodes has asked last.
create table relay_visit (
  key text collate "C" primary key,
  at timestamptz not null
);
create function tell_relay() returns trigger language plpgsql as $$
begin
  perform pg_notify('entente_relay', '');
  return null;
end $$;
create trigger relay_called after insert or update on relay_call for each statement execute function tell_relay();

create table relay_piece (
  call text collate "C" not null references relay_call (id) on delete cascade,
  n int not null,
  bytes bytea not null,
  primary key (call, n)
);
create trigger relay_pieces after insert or delete on relay_piece for each statement execute function tell_relay();

-- The key that a half pins, in a column of its own: the rest of `peer` is text of others, in which the database never looks.
alter table side add column peer_key text collate "C";
create index side_by_peer_key on side (peer_key) where peer_key is not null;

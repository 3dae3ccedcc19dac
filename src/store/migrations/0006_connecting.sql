-- The list of connections says when each was in sync last, without reading its twins.
alter table run add column stage text;
create index run_in_sync on run (side, at) where stage in ('applied', 'in-sync');
-- The newest twins of one connection, however many others there are.
create index twin_newest_of_side on twin (side, created_at desc, id desc);

-- Everything that is under way between two sides before they are connected: what we proposed (`outgoing`), what is proposed to us (`incoming`),
-- invitations that we made (`invitation`), and those that a node which cannot be called has left with us (`left`). `mark` is a digest to find a row by
-- something that only the other end knows; `secret` is sealed with the node's master key.
create table handshake (
  kind text not null,
  id text collate "C" not null,
  connection text collate "C" not null,
  status text not null,
  mark text collate "C",
  expires_at timestamptz not null,
  entry json not null,
  secret bytea,
  primary key (kind, id)
);
create index handshake_of_connection on handshake (connection);
create unique index handshake_by_mark on handshake (kind, mark) where mark is not null;
create index handshake_by_status on handshake (kind, status, expires_at);

-- What the other side has yet to be told. The newest of a key replaces the one before: a state is told, not its history.
create table peer_notice (
  key text collate "C" primary key,
  side text collate "C" not null,
  callee json not null,
  path text not null,
  body json not null,
  since timestamptz not null,
  attempts int not null,
  next_at timestamptz not null
);
create index peer_notice_due on peer_notice (next_at);

-- Halves that were removed: their twins go a page at a time.
create table removed_side (
  side text collate "C" primary key,
  instance text collate "C" not null,
  at timestamptz not null default now()
);

-- Open pages are told of connections that begin and end, too.
create trigger side_gone after delete on side for each row execute function tell_live('all');
create trigger handshake_live after insert or update of status on handshake for each row execute function tell_live('all');

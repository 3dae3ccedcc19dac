-- The console inside a tracker's pages. By the mark the tracker's API tells our app from others; `keys` are those that its tokens are signed with.
create table embed_app (
  instance text collate "C" primary key references instance (id) on delete cascade,
  mark text not null,
  keys json not null default '[]'
);

-- Tokens that were used, until they have expired: each is good once.
create table embed_token (
  id bytea primary key,
  expires_at timestamptz not null
);
create index embed_token_over on embed_token (expires_at);

-- Only the hash of what is in the cookie is kept.
create table embed_session (
  hash bytea primary key,
  instance text collate "C" not null references instance (id) on delete cascade,
  person json not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null
);
create index embed_session_over on embed_session (expires_at);

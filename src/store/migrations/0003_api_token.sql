-- Tokens for the REST API. Only the hash is kept.
create table api_token (
  name text primary key,
  hash bytea not null unique,
  created_at timestamptz not null default now(),
  used_at timestamptz
);

-- The first user is the node's owner, and for now the only one: also when two sign up at the same moment.
create unique index app_user_first on app_user ((true));

-- Tries to sign in, so that guessing is slowed down by all processes together. `who`: a digest of the account's e-mail address, or of the caller's network.
create table sign_in_try (
  id bigint generated always as identity primary key,
  who bytea not null,
  at timestamptz not null default now()
);
create index sign_in_try_of on sign_in_try (who, at);
create index sign_in_try_old on sign_in_try (at);

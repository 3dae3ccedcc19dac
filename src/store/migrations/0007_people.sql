-- Users belong to the node. Who signed up is its operator, and there is one; everybody else has joined by an address that somebody gave them.
alter table app_user add column joined boolean not null default false;
drop index app_user_first;
create unique index app_user_first on app_user ((true)) where not joined;

create table membership (
  "user" text not null references app_user (id) on delete cascade,
  instance text collate "C" not null,
  role text not null,
  created_at timestamptz not null default now(),
  primary key (instance, "user")
);
create index membership_of_user on membership ("user");

-- Addresses to join with. Only the hash of the token in them is kept.
create table joining (
  id text primary key,
  hash bytea not null unique,
  email text not null,
  instance text collate "C" not null,
  role text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create unique index joining_of_instance on joining (instance, email);

-- Null: all instances.
alter table api_token add column instance text collate "C";
alter table api_token add column role text not null default 'owner';

-- What was done, by whom. Append-only.
create table event (
  seq bigint generated always as identity primary key,
  at timestamptz not null default now(),
  instance text collate "C",
  connection text collate "C",
  slug text,
  by text not null,
  place text not null,
  action text not null,
  sentence text not null
);
create index event_of_instance on event (instance, seq);
create index event_of_connection on event (connection, seq);

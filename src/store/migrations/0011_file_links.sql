-- What a node signs with in its own name, besides its key. Sealed.
create table node_secret (
  name text primary key,
  secret bytea not null
);

-- A name is taken within one instance only: nobody learns from it what tokens somebody else has.
alter table api_token drop constraint api_token_pkey;
alter table api_token add constraint api_token_name unique nulls not distinct (instance, name);

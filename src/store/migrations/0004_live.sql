-- Open pages are told what changed when it is committed: the twin, or nothing for what concerns more than one.
create function tell_live() returns trigger language plpgsql as $$
begin
  -- Two statements, since one that names new.twin cannot even be prepared for a table without that column.
  if tg_argv[0] = 'twin' then
    perform pg_notify('entente_live', new.twin);
  else
    perform pg_notify('entente_live', '');
  end if;
  return null;
end $$;
create trigger run_live after insert on run for each row execute function tell_live('twin');
create trigger side_live after insert or update on side for each row execute function tell_live('all');
create trigger instance_live after insert or update of slug, name, url, default_type, paused_until, problem, settings, webhook on instance for each row execute function tell_live('all');

-- Lists show the newest twins first.
alter table twin add column created_at timestamptz not null default now();
create index twin_newest on twin (created_at desc, id desc);

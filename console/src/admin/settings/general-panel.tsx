import { Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useMemo, useState } from 'react';
import { Panel } from '../../parts/panel.tsx';
import { type Instance, type InstancePatch, useChangeInstance, useTypes } from '../queries.ts';
import { SaveRow } from './saved.tsx';

const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
/** What it is there now, so that people recognise theirs. */
const nowIn = (zone: string): string => {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', timeZoneName: 'shortOffset' }).format(new Date());
  } catch {
    return '';
  }
};

/** Name, default entity type, time zone. */
export function GeneralPanel({ instance, mayChange }: { instance: Instance; mayChange: boolean }) {
  const [name, setName] = useState(instance.name);
  const [type, setType] = useState(instance.defaultType);
  const [zone, setZone] = useState(instance.timeZone);
  const types = useTypes(instance.slug);
  const saving = useChangeInstance(instance.slug);
  const creatable = useMemo(() => (types.data ?? []).filter((it) => it.creatable).map((it) => it.name), [types.data]);
  const patch: InstancePatch = {
    ...(name.trim() === instance.name ? {} : { name: name.trim() }),
    ...(type === instance.defaultType ? {} : { defaultType: type }),
    ...(zone === instance.timeZone ? {} : { timeZone: zone }),
  };
  const undo = () => {
    setName(instance.name);
    setType(instance.defaultType);
    setZone(instance.timeZone);
    saving.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) saving.mutate(patch);
  };
  const known = type !== null && !creatable.includes(type) ? [type, ...creatable] : creatable;
  return (
    <Panel title="General">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            description={`Short name for typing: ${instance.slug}`}
            maxLength={80}
            value={name}
            disabled={!mayChange}
            error={name.trim() === '' ? 'It needs a name.' : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label="Default entity type"
            description={
              types.error
                ? 'The tracker does not tell its types at the moment. Check the connection above.'
                : `For ${instance.nouns.entities} whose own type does not exist here. Without one, the first type that can be created is taken.`
            }
            placeholder={types.isPending ? 'Asking the tracker…' : 'The first one that can be created'}
            data={known}
            value={type}
            disabled={!mayChange || types.isPending || types.error !== null}
            clearable
            clearButtonProps={{ 'aria-label': 'No default entity type' }}
            onChange={setType}
          />
          <Select
            label="Time zone"
            description={`For moments that are shown to people of this instance. It is ${nowIn(zone)} there.`}
            data={ZONES}
            value={zone}
            searchable
            allowDeselect={false}
            nothingFoundMessage="No such time zone"
            limit={100}
            disabled={!mayChange}
            onChange={(next) => next && setZone(next)}
          />
          {mayChange && <SaveRow changed={Object.keys(patch).length > 0} saving={saving} undo={undo} />}
        </Stack>
      </form>
    </Panel>
  );
}

import { Button, Group, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Panel } from '../../parts/panel.tsx';
import { Failed } from '../../parts/states.tsx';
import { CheckResult } from '../check-result.tsx';
import { fieldErrors } from '../credentials-step.tsx';
import { HelpSteps } from '../help-steps.tsx';
import { type Instance, type Platform, useChangeInstance, useCheck } from '../queries.ts';
import { blank, fieldsOf, filled, type Schema, type Values } from '../schema.ts';
import { SchemaForm } from '../schema-form.tsx';
import { SaveRow } from './saved.tsx';

interface Props {
  readonly instance: Instance;
  readonly platform: Platform | null;
  readonly mayChange: boolean;
}

/** How Entente signs in at the tracker. Secrets are replaced, never shown. */
export function CredentialsPanel({ instance, platform, mayChange }: Props) {
  const check = useCheck(instance.slug);
  const [replacing, setReplacing] = useState(false);
  const schema = (platform?.settings ?? {}) as Schema;
  const shown = fieldsOf(schema).filter(({ name }) => name !== 'url' && !platform?.secrets.includes(name) && instance.settings[name] !== undefined);
  return (
    <Panel
      title="Credentials"
      lead="Stored encrypted and never shown again. New ones are tried before they replace the old ones."
      aside={
        mayChange && !replacing ? (
          <Group gap="sm">
            <Button size="sm" variant="default" loading={check.isPending} onClick={() => check.mutate(undefined)}>
              Check connection
            </Button>
            {platform && (
              <Button size="sm" variant="default" onClick={() => setReplacing(true)}>
                Change
              </Button>
            )}
          </Group>
        ) : undefined
      }
    >
      {check.data && !replacing && <CheckResult check={check.data} />}
      {check.error && !replacing && <Failed error={check.error} />}
      {replacing && platform ? (
        <Replace instance={instance} platform={platform} done={() => setReplacing(false)} />
      ) : (
        <dl className="settings">
          {fieldsOf(schema)
            .filter(({ name }) => platform?.secrets.includes(name))
            .map(({ name, label }) => (
              <div key={name}>
                <dt>{label}</dt>
                <dd>{instance.secrets.includes(name) ? 'Set' : 'Not set'}</dd>
              </div>
            ))}
          {shown.map(({ name, label, schema: of }) => (
            <div key={name}>
              <dt>{label}</dt>
              <dd className="break">{of.enumNames?.[of.enum?.indexOf(instance.settings[name]) ?? -1] ?? String(instance.settings[name])}</dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}

function Replace({ instance, platform, done }: { instance: Instance; platform: Platform; done: () => void }) {
  const schema = platform.settings as Schema;
  const before = Object.fromEntries(fieldsOf(schema).flatMap(({ name }) => (instance.settings[name] === undefined ? [] : [[name, instance.settings[name]]])));
  const [values, setValues] = useState<Values>({ ...blank(schema), ...before });
  const saving = useChangeInstance(instance.slug);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate({ settings: filled(schema, values) }, { onSuccess: done });
  };
  const errors = fieldErrors(saving.error);
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <SchemaForm schema={schema} values={values} onChange={setValues} errors={errors} secrets={platform.secrets} />
        <HelpSteps platformName={platform.name} help={platform.help} />
        <Text size="sm" c="dimmed">
          What waits for working credentials goes on by itself afterwards.
        </Text>
        <SaveRow changed saving={Object.keys(errors).length > 0 ? { ...saving, error: null } : saving} undo={done} verb="Check and save" />
      </Stack>
    </form>
  );
}

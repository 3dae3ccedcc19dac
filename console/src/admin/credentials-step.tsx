import { Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiError } from '../api.ts';
import { Failed } from '../parts/states.tsx';
import { useInstances } from '../queries.ts';
import { CheckResult } from './check-result.tsx';
import { HelpSteps } from './help-steps.tsx';
import { proposeSlug, SLUG } from './naming.ts';
import { type Check, type Platform, useAddInstance, useTrial } from './queries.ts';
import { blank, filled, type Schema, type Values } from './schema.ts';
import { SchemaForm } from './schema-form.tsx';

/** What the node says about single fields, by path. */
export function fieldErrors(error: Error | null): Record<string, string> {
  const fields = error instanceof ApiError && Array.isArray(error.details.fields) ? (error.details.fields as { field?: unknown; message?: unknown }[]) : [];
  return Object.fromEntries(
    fields.flatMap(({ field, message }) =>
      typeof field === 'string' && typeof message === 'string'
        ? [[field.replace(/^settings\./, ''), message.replace(/^./, (first) => first.toUpperCase())]]
        : [],
    ),
  );
}

/** Credentials, the proof that they work, and then the names. Nothing is stored before the last button. */
export function CredentialsStep({ platform, url, added }: { platform: Platform; url: string | undefined; added: (slug: string) => void }) {
  const schema = platform.settings as Schema;
  const [values, setValues] = useState<Values>(() => ({ ...blank(schema), ...(url && schema.properties?.url ? { url } : {}) }));
  const trial = useTrial();
  const settings = filled(schema, values);
  const errors = fieldErrors(trial.error);
  const form = useRef<HTMLFormElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where the first wrong field is, once the answer is there.
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(), [trial.error]);
  const check = (event: FormEvent) => {
    event.preventDefault();
    trial.mutate({ platform: platform.id, settings });
  };
  return (
    <div className="with-help">
      <Stack gap="lg" style={{ minWidth: 0 }}>
        <section className="panel" aria-labelledby="credentials-title">
          <form ref={form} onSubmit={check}>
            <Stack gap="md" p={{ base: 'md', sm: 'lg' }}>
              <Title order={2} id="credentials-title">
                Credentials
              </Title>
              <SchemaForm
                schema={schema}
                values={values}
                secrets={platform.secrets}
                errors={errors}
                onChange={(next) => {
                  setValues(next);
                  // What was proved is not what stands here now.
                  if (!trial.isIdle) trial.reset();
                }}
              />
              {trial.error && Object.keys(errors).length === 0 && <Failed error={trial.error} />}
              {trial.data && <CheckResult check={trial.data} />}
              <Group>
                <Button type="submit" loading={trial.isPending} variant={trial.data ? 'default' : 'filled'}>
                  {trial.data ? 'Check again' : 'Check connection'}
                </Button>
              </Group>
            </Stack>
          </form>
        </section>
        {trial.data && <NameStep key={trial.submittedAt} platform={platform} check={trial.data} settings={settings} added={added} />}
      </Stack>
      <HelpSteps platformName={platform.name} help={platform.help} />
    </div>
  );
}

interface NameProps {
  readonly platform: Platform;
  readonly check: Check;
  readonly settings: Record<string, unknown>;
  readonly added: (slug: string) => void;
}

function NameStep({ platform, check, settings, added }: NameProps) {
  const taken = useInstances().data?.map(({ slug }) => slug) ?? [];
  const [name, setName] = useState(check.site);
  const [slug, setSlug] = useState(() => proposeSlug(typeof settings.url === 'string' ? settings.url : '', check.site, taken));
  const adding = useAddInstance();
  const wrong =
    slug !== '' && !SLUG.test(slug)
      ? 'Use 1 to 40 lower-case letters, digits or hyphens.'
      : taken.includes(slug) && !adding.isPending && !adding.data
        ? 'There is an instance of this name already.'
        : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate({ platform: platform.id, name: name.trim(), slug, settings }, { onSuccess: ({ instance }) => added(instance.slug) });
  };
  return (
    <section className="panel" aria-labelledby="name-title">
      <form onSubmit={submit}>
        <Stack gap="md" p={{ base: 'md', sm: 'lg' }}>
          <Title order={2} id="name-title">
            What is it called?
          </Title>
          <TextInput
            label="Name"
            description="As people see it, on both sides of a connection."
            required
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Short name"
            description={`For typing: ${slug || 'acme'}/4711 is the ${platform.nouns.entity} 4711 of this instance. It stays as it is.`}
            required
            maxLength={40}
            value={slug}
            error={wrong}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setSlug(event.currentTarget.value)}
          />
          {adding.error && <Failed error={adding.error} />}
          <Group>
            <Button type="submit" loading={adding.isPending} disabled={wrong !== null || slug === '' || name.trim() === ''}>
              Add instance
            </Button>
          </Group>
        </Stack>
      </form>
    </section>
  );
}

import { Collapse, NumberInput, PasswordInput, Radio, Select, Stack, Switch, TextInput, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { blank, choicesOf, type Field, fieldsOf, isChosen, type Schema, type Values } from './schema.ts';

interface Props {
  readonly schema: Schema;
  readonly values: Values;
  readonly onChange: (values: Values) => void;
  /** By path, such as `auth.email`. */
  readonly errors: Readonly<Record<string, string>>;
  /** Stored encrypted, never shown. */
  readonly secrets: readonly string[];
  /** Where in the whole this part is. */
  readonly path?: string;
}

/** The settings of a platform as a form, made from its schema. What has a default waits below, folded. */
export function SchemaForm({ schema, values, onChange, errors, secrets, path = '' }: Props) {
  const fields = fieldsOf(schema);
  const mayStay = (field: Field) => !field.needed && field.schema.enum === undefined;
  const set = (name: string) => (value: unknown) => onChange({ ...values, [name]: value });
  const row = (field: Field) => (
    <FieldRow
      key={field.name}
      field={field}
      value={values[field.name]}
      onChange={set(field.name)}
      errors={errors}
      secrets={secrets}
      path={path ? `${path}.${field.name}` : field.name}
    />
  );
  const more = fields.filter(mayStay);
  return (
    <Stack gap="md">
      {fields.filter((field) => !mayStay(field)).map(row)}
      {more.length > 0 && (
        <More wrong={more.some(({ name }) => errors[path ? `${path}.${name}` : name] !== undefined)} count={more.length}>
          {more.map(row)}
        </More>
      )}
    </Stack>
  );
}

function More({ wrong, count, children }: { wrong: boolean; count: number; children: React.ReactNode }) {
  const [opened, setOpened] = useState(false);
  const id = useId();
  const open = opened || wrong;
  return (
    <div>
      <UnstyledButton className="more" aria-expanded={open} aria-controls={id} onClick={() => setOpened(!open)}>
        <IconChevronRight size={14} aria-hidden style={{ transform: open ? 'rotate(90deg)' : undefined }} />{' '}
        {count === 1 ? 'One more setting' : `${count} more settings`}
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        {open && (
          <Stack gap="md" pt="sm">
            {children}
          </Stack>
        )}
      </Collapse>
    </div>
  );
}

interface RowProps extends Omit<Props, 'schema' | 'values' | 'onChange'> {
  readonly field: Field;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly path: string;
}

function FieldRow({ field: { name, schema, label, needed }, value, onChange, errors, secrets, path }: RowProps) {
  const choices = choicesOf(schema);
  if (choices.length > 0)
    return (
      <Choice
        schema={schema}
        label={label}
        choices={choices}
        value={(value ?? {}) as Values}
        onChange={onChange}
        errors={errors}
        secrets={secrets}
        path={path}
      />
    );
  if (schema.type === 'object')
    return <SchemaForm schema={schema} values={(value ?? {}) as Values} onChange={onChange} errors={errors} secrets={secrets} path={path} />;
  const common = { label, description: schema.description, error: errors[path], required: needed, name: path, id: `setting-${path.replaceAll('.', '-')}` };
  const text = typeof value === 'string' ? value : typeof value === 'number' ? `${value}` : '';
  const fallback = typeof schema.default === 'string' || typeof schema.default === 'number' ? `${schema.default}` : undefined;
  const example = typeof schema.examples?.[0] === 'string' ? schema.examples[0] : fallback;
  if (schema.enum)
    return (
      <Select
        {...common}
        data={schema.enum.map((it, i) => ({ value: String(it), label: schema.enumNames?.[i] ?? String(it) }))}
        value={text || (fallback ?? null)}
        onChange={(next) => onChange(next ?? '')}
        allowDeselect={false}
      />
    );
  if (schema.type === 'boolean')
    return (
      <Switch
        label={label}
        description={schema.description}
        checked={value === undefined ? schema.default === true : value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  if (schema.writeOnly || (path === name && secrets.includes(name)))
    return (
      <PasswordInput
        {...common}
        autoComplete="off"
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': `Show: ${label}` }}
      />
    );
  if (schema.type === 'number' || schema.type === 'integer')
    return (
      <NumberInput {...common} placeholder={example} value={text} allowDecimal={schema.type === 'number'} hideControls onChange={(next) => onChange(next)} />
    );
  return (
    <TextInput
      {...common}
      type={schema.format === 'email' ? 'email' : 'text'}
      placeholder={example}
      inputMode={schema.format === 'uri' ? 'url' : undefined}
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

interface ChoiceProps extends Omit<Props, 'values' | 'onChange'> {
  readonly label: string;
  readonly choices: readonly Schema[];
  readonly value: Values;
  readonly onChange: (value: unknown) => void;
}

function Choice({ label, choices, value, onChange, errors, secrets, path = '' }: ChoiceProps) {
  const chosen = Math.max(
    0,
    choices.findIndex((it) => isChosen(it, value)),
  );
  const choice = choices[chosen];
  return (
    <Stack gap="md">
      {choices.length > 1 && (
        <Radio.Group label={label} name={path} value={`${chosen}`} onChange={(next) => onChange(blank(choices[Number(next)] ?? {}))}>
          <div className="setting-choices">
            {choices.map((it, i) => (
              <Radio.Card key={it.title ?? String(i)} value={`${i}`} className="setting-choice" aria-label={it.title ?? `Choice ${i + 1}`}>
                <Radio.Indicator size="sm" aria-hidden />
                <span>
                  <b>{it.title ?? `Choice ${i + 1}`}</b>
                  {it.description && <span className="setting-choice-text">{it.description}</span>}
                </span>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
      )}
      {choice && <SchemaForm schema={choice} values={value} onChange={onChange} errors={errors} secrets={secrets} path={path} />}
    </Stack>
  );
}

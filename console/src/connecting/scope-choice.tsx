import { Select, Skeleton, Stack, Text } from '@mantine/core';
import { Failed } from '../parts/states.tsx';
import { Choice } from './choice.tsx';
import type { ScopeChoice } from './own-side.ts';
import './connecting.css';

interface ScopePickProps {
  readonly choice: ScopeChoice;
  readonly noun: string;
  readonly entities: string;
  readonly scope: string | null;
  readonly choose: (scope: string) => void;
}

const FEW = 6;

/** Where incoming entities are created. A few scopes stand in view, many are searched. */
export function ScopePick({ choice, noun, entities, scope, choose }: ScopePickProps) {
  switch (choice.kind) {
    case 'loading':
      return (
        <Stack gap={12} role="status" aria-label="Loading">
          <Skeleton h={48} radius="md" />
          <Skeleton h={48} radius="md" />
        </Stack>
      );
    case 'failed':
      return <Failed error={choice.error} retry={choice.again} />;
    case 'none':
      return null;
    case 'one':
      return (
        <Text>
          {choice.scope.name} is the only {noun}.
        </Text>
      );
    case 'several':
      return choice.scopes.length > FEW ? (
        <Select
          label={sentence(noun)}
          description={`${sentence(entities)} that come in from the other side are created here.`}
          placeholder={`Search among ${choice.scopes.length}`}
          data={choice.scopes.map(({ id, name }) => ({ value: id, label: name }))}
          value={scope}
          onChange={(value) => value && choose(value)}
          searchable
          comboboxProps={{ withinPortal: false }}
          allowDeselect={false}
          nothingFoundMessage={`No ${noun} of this name`}
          maw={420}
        />
      ) : (
        <fieldset className="choices">
          <Text component="legend" size="sm" c="dimmed" mb={8} p={0}>
            {sentence(entities)} that come in from the other side are created here.
          </Text>
          {choice.scopes.map(({ id, name }) => (
            <Choice key={id} name="scope" value={id} title={name} checked={scope === id} choose={() => choose(id)} />
          ))}
        </fieldset>
      );
    default:
      return choice satisfies never;
  }
}

export const sentence = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

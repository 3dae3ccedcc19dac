import { Text, Textarea, TextInput } from '@mantine/core';
import type { Draft } from './draft.ts';
import type { ScopeChoice } from './own-side.ts';
import type { Instance } from './queries.ts';
import { Question } from './question.tsx';
import { ScopePick } from './scope-choice.tsx';
import { SideChoice } from './side-choice.tsx';

export function SideQuestion({
  own,
  chosen,
  choose,
  next,
}: {
  own: readonly Instance[];
  chosen: string | null;
  choose: (slug: string) => void;
  next: () => void;
}) {
  return (
    <Question title="Which of your instances is it for?" submit={next} ready={chosen !== null}>
      <SideChoice own={own} chosen={chosen} choose={choose} />
    </Question>
  );
}

export function NameQuestion({
  name,
  description,
  change,
  next,
}: {
  name: string;
  description: string;
  change: (patch: Partial<Draft>) => void;
  next: () => void;
}) {
  return (
    <Question
      title="What shall it be called?"
      about="Both sides see the name and the description. You can change them later."
      submit={next}
      ready={name.trim() !== ''}
    >
      <TextInput
        label="Name"
        value={name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={name.trim() === '' ? 'It needs a name.' : undefined}
        maxLength={120}
        autoComplete="off"
      />
      <Textarea
        label="Description"
        description="What it is for, and whom to ask. May stay empty."
        value={description}
        onChange={(event) => change({ description: event.currentTarget.value })}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={2000}
      />
    </Question>
  );
}

export const NameWords = ({ name, description }: { name: string; description: string }) => (
  <span>
    {name}
    {description.trim() && (
      <Text span size="sm" c="dimmed" fw={400} display="block" lineClamp={2}>
        {description}
      </Text>
    )}
  </span>
);

interface ScopeQuestionProps {
  readonly mine: Instance;
  readonly scopes: ScopeChoice;
  readonly scope: string | null;
  readonly choose: (id: string) => void;
  readonly ready: boolean;
  readonly next: () => void;
}

export function ScopeQuestion({ mine, scopes, scope, choose, ready, next }: ScopeQuestionProps) {
  const noun = mine.nouns.scope ?? 'scope';
  return (
    <Question title={`Which ${noun} of ${mine.name}?`} submit={next} ready={ready}>
      <ScopePick choice={scopes} noun={noun} entities={mine.nouns.entities} scope={scope} choose={choose} />
    </Question>
  );
}

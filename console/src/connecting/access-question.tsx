import { Checkbox, Stack, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { Choice } from './choice.tsx';
import { ConsentBox } from './consent-box.tsx';
import { consentWords } from './consent-words.ts';
import type { Destination } from './destination.tsx';
import type { Draft } from './draft.ts';
import { Question } from './question.tsx';

interface AccessQuestionProps {
  readonly draft: Draft;
  readonly destination: Destination;
  readonly ownName: string;
  readonly busy: boolean;
  readonly ready: boolean;
  readonly change: (patch: Partial<Draft>) => void;
  readonly initiate: (path: 'admin' | 'invitation') => void;
  readonly trouble: React.ReactNode;
}

/** The last question: which way the other side agrees. */
export function AccessQuestion({ draft, destination, ownName, busy, ready, change, initiate, trouble }: AccessQuestionProps) {
  const [missing, setMissing] = useState(false);
  const tick = useRef<HTMLInputElement>(null);
  const lookup = destination.kind === 'found' ? destination.lookup : null;
  const there = lookup?.destination.name ?? 'the other side';
  const off = {
    admin: lookup
      ? lookup.admin.available
        ? null
        : (lookup.admin.reason ?? 'Not available for this destination.')
      : 'For this the destination’s URL has to be known, and answer.',
    invitation: lookup && !lookup.invitation.available ? (lookup.invitation.reason ?? 'Not available for this destination.') : null,
  };
  const path = draft.path !== null && off[draft.path] === null ? draft.path : null;
  const submit = () => {
    if (!draft.understood) {
      setMissing(true);
      tick.current?.focus();
      return;
    }
    if (path) initiate(path);
  };
  return (
    <Question
      title="Do you have admin access to the destination instance?"
      submit={submit}
      next="Initiate the connection"
      ready={path !== null && ready}
      busy={busy}
      aside={
        path === null && (
          <Text size="sm" c="dimmed">
            Choose one of the two to go on.
          </Text>
        )
      }
    >
      <fieldset className="choices choices-pair" aria-label="Admin access to the destination instance">
        <Choice
          name="access"
          value="admin"
          title="Yes, I have admin access"
          checked={path === 'admin'}
          choose={() => change({ path: 'admin' })}
          off={off.admin}
          large
        >
          You go to the console of {there}, verify access and confirm there. Then you come back here, and both sides are connected.
        </Choice>
        <Choice
          name="access"
          value="invitation"
          title="No, I don’t have admin access"
          checked={path === 'invitation'}
          choose={() => change({ path: 'invitation' })}
          off={off.invitation}
          large
        >
          You get an invitation code for the admin of {there}. The connection waits until they accept it, for seven days at most.
        </Choice>
      </fieldset>
      {path === 'invitation' && lookup && (
        <Checkbox
          checked={draft.bind}
          onChange={(event) => change({ bind: event.currentTarget.checked })}
          label={`Only ${there} can accept the invitation`}
          description="Without this, every instance that is given the code can accept it."
        />
      )}
      <ConsentBox
        ref={tick}
        checked={draft.understood}
        missing={missing && !draft.understood}
        change={(understood) => {
          change({ understood });
          setMissing(false);
        }}
      >
        {consentWords(ownName, there)}
      </ConsentBox>
      {trouble && <Stack gap="xs">{trouble}</Stack>}
    </Question>
  );
}

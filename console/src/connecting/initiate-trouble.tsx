import { Anchor, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ApiError } from '../api.ts';
import { Trouble } from '../parts/states.tsx';
import type { Step } from './steps.ts';

/** Why it could not be made, with the way to the answer that has to change. */
export function InitiateTrouble({ error, edit }: { error: Error; edit: (step: Step) => void }) {
  const known = error instanceof ApiError ? error : null;
  const to: Partial<Record<string, { step: Step; words: string }>> = {
    'name-taken': { step: 'name', words: 'Change the name' },
    'scope-needed': { step: 'scope', words: 'Choose where entities are created' },
    'unknown-scope': { step: 'scope', words: 'Choose where entities are created' },
    'same-entity-twice': { step: 'scope', words: 'Choose another scope' },
    'unknown-instance': { step: 'side', words: 'Choose your side' },
    'wrong-address': { step: 'destination', words: 'Change the URL' },
    'own-address': { step: 'destination', words: 'Change the URL' },
    'private-address': { step: 'destination', words: 'Change the URL' },
    'no-node': { step: 'destination', words: 'Change the URL' },
    'several-instances': { step: 'destination', words: 'Change the URL' },
  };
  const way = known ? to[known.code] : undefined;
  return (
    <Trouble
      message={known?.message ?? 'Something in this page went wrong.'}
      remedy={known?.remedy ?? 'Load the page again; your answers stay.'}
      code={known?.code ?? error.name}
    >
      {way && (
        <Button size="xs" variant="default" w="fit-content" my={4} onClick={() => edit(way.step)}>
          {way.words}
        </Button>
      )}
      {known?.code === 'not-allowed' && (
        <Anchor component={Link} to="/connections" size="sm">
          Back to the connections
        </Anchor>
      )}
    </Trouble>
  );
}

import { Button, Group, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Failed } from '../../parts/states.tsx';

interface Props {
  readonly changed: boolean;
  readonly saving: { readonly isPending: boolean; readonly isSuccess: boolean; readonly error: Error | null };
  readonly undo: () => void;
  readonly verb?: string;
}

/** The buttons under a form: they are there when there is something to save, and say when it is done. */
export const SaveRow = ({ changed, saving, undo, verb = 'Save' }: Props) => (
  <>
    {saving.error && <Failed error={saving.error} />}
    {(changed || saving.isPending) && (
      <Group gap="sm">
        <Button type="submit" size="sm" loading={saving.isPending}>
          {verb}
        </Button>
        <Button size="sm" variant="default" onClick={undo} disabled={saving.isPending}>
          Undo
        </Button>
      </Group>
    )}
    <div role="status" className="saved">
      {!changed && saving.isSuccess && (
        <Group gap={6}>
          <IconCheck size={16} color="var(--ok)" aria-hidden />
          <Text size="sm">Saved.</Text>
        </Group>
      )}
    </div>
  </>
);

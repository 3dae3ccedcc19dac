import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import './connecting.css';

interface QuestionProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly submit: () => void;
  /** Words on the button; absent: the question brings its own. */
  readonly next?: string;
  readonly ready?: boolean;
  readonly busy?: boolean;
  /** What has to be read first takes the focus: its heading, not its first field. */
  readonly reading?: boolean;
  /** Beside the button. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** The one question that is asked now. Its first field has the focus. */
export function Question({ title, about, submit, next = 'Next', ready = true, busy = false, reading = false, aside, children }: QuestionProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const field = reading ? null : form.current?.querySelector<HTMLElement>('input:checked, input:not(:disabled), textarea, select');
    (field ?? form.current?.querySelector<HTMLElement>('h2'))?.focus({ preventScroll: true });
    const top = form.current?.getBoundingClientRect().top ?? 0;
    if (top < 64 || top > innerHeight - 160) form.current?.scrollIntoView({ block: 'start' });
  }, [reading]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !busy) submit();
  };
  return (
    <form ref={form} onSubmit={send} className="panel question" noValidate>
      <Stack gap="lg">
        <div>
          <Title order={2} tabIndex={-1} fz="lg" style={{ outline: 'none' }}>
            {title}
          </Title>
          {about && (
            <Text c="dimmed" size="sm" component="div" mt={2}>
              {about}
            </Text>
          )}
        </div>
        {children}
        <Group gap="sm">
          <Button type="submit" disabled={!ready} loading={busy}>
            {next}
          </Button>
          {aside}
        </Group>
      </Stack>
    </form>
  );
}

/** A question that is answered. The answer can be taken up again. */
export function Answer({ label, value, edit }: { label: string; value: ReactNode; edit?: (() => void) | undefined }) {
  return (
    <div className="answer">
      <IconCircleCheck size={18} color="var(--ok)" aria-hidden style={{ flex: 'none' }} />
      <Text span size="sm" c="dimmed">
        {label}
      </Text>
      <span className="answer-value">{value}</span>
      {edit ? (
        <Button variant="subtle" size="compact-sm" onClick={edit} aria-label={`Edit: ${label}`}>
          Edit
        </Button>
      ) : (
        <span />
      )}
    </div>
  );
}

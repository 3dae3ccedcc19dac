import { Button, Code, CopyButton, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiError } from '../api.ts';

/** What happened, what to do, and the code, small and copyable. */
export function Trouble({ message, remedy, code, children }: { message: string; remedy: string; code: string; children?: ReactNode }) {
  return (
    <div role="alert" style={{ background: 'var(--bad-wash)', borderRadius: 8, padding: '12px 14px' }}>
      <Group gap={10} align="flex-start" wrap="nowrap">
        <IconAlertTriangle size={18} color="var(--bad)" aria-hidden style={{ flex: 'none', marginTop: 2 }} />
        <Stack gap={4} style={{ minWidth: 0, flex: 1 }}>
          <Text fw={600} className="break">
            {message}
          </Text>
          <Text className="break">{remedy}</Text>
          {children}
          <ErrorCode code={code} />
        </Stack>
      </Group>
    </div>
  );
}

function ErrorCode({ code }: { code: string }) {
  return (
    <CopyButton value={code}>
      {({ copied, copy }) => (
        <button
          type="button"
          onClick={copy}
          className="code"
          aria-label={`Copy the code ${code}`}
          style={{
            all: 'unset',
            cursor: 'pointer',
            color: 'var(--quiet)',
            fontSize: 12,
            fontFamily: 'ui-monospace, Menlo, monospace',
            display: 'inline-flex',
            gap: 4,
            alignItems: 'center',
            width: 'fit-content',
          }}
        >
          {code} {copied ? <IconCheck size={12} aria-hidden /> : <IconCopy size={12} aria-hidden />}
        </button>
      )}
    </CopyButton>
  );
}

/** A query that failed, with the way to try again. */
export function Failed({ error, retry }: { error: Error; retry?: () => void }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <Trouble
      message={known?.message ?? 'Something in this page went wrong.'}
      remedy={known?.remedy ?? 'Load the page again. If it comes back, report it.'}
      code={known?.code ?? error.name}
    >
      {retry && (
        <Button size="xs" variant="default" onClick={retry} w="fit-content" mt={4}>
          Try again
        </Button>
      )}
    </Trouble>
  );
}

/** What the page is for and the first step. */
export function Empty({ title, children, command, picture }: { title: string; children: ReactNode; command?: string; picture?: ReactNode }) {
  return (
    <Stack align="center" gap="sm" py={56} px="md" ta="center">
      {picture}
      <Title order={2}>{title}</Title>
      <Text c="dimmed" maw={520}>
        {children}
      </Text>
      {command && <Command text={command} />}
    </Stack>
  );
}

/** A command to copy. */
function Command({ text }: { text: string }) {
  return (
    <Group gap={6} wrap="nowrap" maw="100%">
      <Code className="break" p="6px 10px" style={{ background: 'var(--quiet-wash)', fontSize: 12.5, textAlign: 'left' }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="subtle" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

/** Rows of the height that the real ones will have, so that nothing jumps. */
export function LoadingRows({ rows = 4, height = 62 }: { rows?: number; height?: number }) {
  return (
    <div className="panel rows" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <Group key={String(i)} h={height} px="md" gap="md" wrap="nowrap">
          <Skeleton w={84} h={28} />
          <Skeleton w={`${38 - i * 4}%`} h={14} />
          <Skeleton w={70} h={14} ml="auto" />
        </Group>
      ))}
    </div>
  );
}

/** Panels of about the height that the real ones will have. */
export const LoadingPanels = ({ heights }: { heights: readonly number[] }) => (
  <Stack gap="lg" role="status" aria-label="Loading">
    {heights.map((height, i) => (
      <div key={String(i)} className="panel" style={{ height, padding: 24 }}>
        <Skeleton w={160} h={18} mb="md" />
        <Skeleton w="70%" h={14} mb="xs" />
        <Skeleton w="45%" h={14} />
      </div>
    ))}
  </Stack>
);

import { ActionIcon, Button, Group } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useRef, useState } from 'react';

/** A text that is made to be handed on, with the button that copies it. Without https browsers give pages no clipboard: then the text is selected and copied the old way. */
export function Copyable({ text, label, block }: { text: string; label: string; block?: boolean }) {
  const [state, setState] = useState<'ready' | 'copied' | 'selected'>('ready');
  const shown = useRef<HTMLSpanElement>(null);
  const copy = async () => {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setState(done || copySelected(shown.current) ? 'copied' : 'selected');
    setTimeout(() => setState('ready'), 2000);
  };
  const word = { ready: label, copied: 'Copied', selected: 'Selected: press Ctrl C' }[state];
  return (
    <Group gap={6} wrap="nowrap" style={{ minWidth: 0 }}>
      <span ref={shown} className={block ? 'code break copyable' : 'break'} style={{ minWidth: 0, flex: block ? 1 : undefined }}>
        {text}
      </span>
      {block ? (
        <Button size="sm" variant="default" onClick={() => void copy()} style={{ flex: 'none' }} aria-label={word}>
          {state === 'ready' ? 'Copy' : word}
        </Button>
      ) : (
        <ActionIcon variant="subtle" color="gray" onClick={() => void copy()} aria-label={word} title={word} style={{ flex: 'none' }}>
          {state === 'copied' ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        </ActionIcon>
      )}
    </Group>
  );
}

function copySelected(element: HTMLElement | null): boolean {
  if (!element) return false;
  getSelection()?.selectAllChildren(element);
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  }
}

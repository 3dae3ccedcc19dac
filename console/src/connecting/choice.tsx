import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import './connecting.css';

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  readonly title: string;
  readonly checked: boolean;
  readonly choose: () => void;
  /** Why it cannot be chosen, in a sentence. */
  readonly off?: string | null;
  readonly large?: boolean;
  readonly children?: ReactNode;
}

/** One of several, as a card. What cannot be chosen stays visible and says why. */
export function Choice({ name, value, title, checked, choose, off = null, large = false, children }: ChoiceProps) {
  const id = `${name}-${value}`;
  return (
    <div className={large ? 'choice choice-large' : 'choice'} data-off={off === null ? undefined : true}>
      <input
        type="radio"
        id={id}
        name={name}
        value={value}
        checked={checked}
        onChange={choose}
        disabled={off !== null}
        aria-describedby={children || off ? `${id}-about` : undefined}
      />
      <span className="choice-dot" aria-hidden />
      <Text component="label" htmlFor={id} fw={620} size={large ? 'lg' : 'md'} display="block">
        {title}
      </Text>
      {(children || off) && (
        <Text id={`${id}-about`} size="sm" c="dimmed" className="break" component="div">
          {off ?? children}
        </Text>
      )}
    </div>
  );
}

import { PasswordInput } from '@mantine/core';

const LEAST = 10;
/** Is a new password too short, once somebody has begun to type it? */
export const isShort = (password: string): boolean => password.length > 0 && password.length < LEAST;

interface PasswordFieldProps {
  readonly password: string;
  readonly change: (password: string) => void;
  /** It is chosen here; else it is known already. */
  readonly fresh: boolean;
}

export const PasswordField = ({ password, change, fresh }: PasswordFieldProps) => (
  <PasswordInput
    label="Password"
    name="password"
    autoComplete={fresh ? 'new-password' : 'current-password'}
    description={fresh ? `At least ${LEAST} characters.` : undefined}
    error={fresh && isShort(password) ? `It needs at least ${LEAST} characters.` : undefined}
    required
    value={password}
    onChange={(event) => change(event.currentTarget.value)}
    visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
  />
);

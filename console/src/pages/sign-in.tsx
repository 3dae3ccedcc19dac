import { Button, Center, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { postAuth } from '../api.ts';
import { Mark } from '../link-sign.tsx';
import { isShort, PasswordField } from '../parts/password-field.tsx';

/** Sign-in, or on a new node the set-up of its owner. */
export function SignIn({ setUp }: { setUp: boolean }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const short = !setUp && isShort(password);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const problem = await postAuth(setUp ? 'sign-in/email' : 'sign-up/email', setUp ? { email, password } : { name, email, password });
    setBusy(false);
    setWrong(problem);
    if (!problem) {
      // A new node has nothing to show yet; who came for something else (a request for a connection) finds it still there.
      if (!setUp && location.pathname === '/') await navigate({ to: '/instances/add', replace: true });
      await client.invalidateQueries();
    } else void client.invalidateQueries({ queryKey: ['ready'] });
  };

  return (
    <Center mih="100vh" p="md">
      <main style={{ width: '100%', maxWidth: 380 }}>
        <title>{setUp ? 'Sign in · Entente' : 'Set up · Entente'}</title>
        <Stack gap="lg">
          <Stack gap={10} align="center" ta="center">
            <Mark size={36} />
            <Title order={1}>{setUp ? 'Sign in to Entente' : 'Set up this node'}</Title>
            {!setUp && (
              <Text c="dimmed">
                You are the first one here. Your account becomes the owner: it adds instances, connects them, and sees everything. After this nobody else can
                sign up.
              </Text>
            )}
          </Stack>
          <form onSubmit={(event) => void submit(event)} className="panel" style={{ padding: 24 }}>
            <Stack gap="md">
              {!setUp && (
                <TextInput label="Your name" name="name" autoComplete="name" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
              )}
              <TextInput
                label="E-mail"
                name="email"
                type="email"
                autoComplete="username"
                required
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <PasswordField password={password} change={setPassword} fresh={!setUp} />
              {wrong && (
                <Text role="alert" c="var(--bad)" size="sm">
                  {wrong}
                </Text>
              )}
              <Button type="submit" loading={busy} disabled={short} fullWidth>
                {setUp ? 'Sign in' : 'Create the owner'}
              </Button>
            </Stack>
          </form>
        </Stack>
      </main>
    </Center>
  );
}

import { Anchor, Button, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { type Join as JoinInfo, useJoin, useJoining } from '../admin/queries.ts';
import { postAuth } from '../api.ts';
import { Door } from '../parts/door.tsx';
import { isShort, PasswordField } from '../parts/password-field.tsx';
import { Failed } from '../parts/states.tsx';
import { labelOf } from './members.tsx';

/** Where somebody arrives who was given an address to join with. Nobody is signed in yet. */
export function Join() {
  const { token } = useParams({ from: '/join/$token' });
  const { data, error } = useJoin(token);
  if (error)
    return (
      <Door title="This address does not work" lead="It may have been used already, or it has ended. Ask the person who gave it to you for a new one.">
        <Failed error={error} />
        <Text ta="center">
          <Anchor component={Link} to="/">
            Sign in instead
          </Anchor>
        </Text>
      </Door>
    );
  if (!data)
    return (
      <Door title="Join">
        <Skeleton h={320} radius={10} role="status" aria-label="Loading" />
      </Door>
    );
  return (
    <Door
      title={`Join ${data.instanceName}`}
      lead={`You become ${labelOf(data.role).toLowerCase()} there. ${data.hasAccount ? 'You have an account on this node: sign in with it.' : 'Choose a name and a password for your account on this node.'}`}
    >
      <Form token={token} join={data} />
    </Door>
  );
}

function Form({ token, join: { email, hasAccount } }: { token: string; join: JoinInfo }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [signingIn, setSigningIn] = useState(false);
  const joining = useJoining(token);
  const client = useQueryClient();
  const navigate = useNavigate();
  const short = !hasAccount && isShort(password);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setWrong(null);
    const joined = joining.data ?? (await joining.mutateAsync({ name: hasAccount ? email : name.trim(), password }).catch(() => null));
    if (!joined) return;
    setSigningIn(true);
    const problem = await postAuth('sign-in/email', { email: joined.email, password });
    setSigningIn(false);
    setWrong(problem);
    if (problem) return;
    await client.resetQueries({ queryKey: ['node'] });
    void navigate({ to: '/' });
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="panel" style={{ padding: 24 }}>
      <Stack gap="md">
        <TextInput label="E-mail" type="email" name="email" autoComplete="username" value={email} readOnly description="The account is for this address." />
        {!hasAccount && (
          <TextInput
            label="Your name"
            name="name"
            autoComplete="name"
            required
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        <PasswordField password={password} change={setPassword} fresh={!hasAccount} />
        {joining.error && <Failed error={joining.error} />}
        {wrong && (
          <Text role="alert" size="sm" c="var(--bad)">
            {wrong}
          </Text>
        )}
        <Button type="submit" fullWidth loading={joining.isPending || signingIn} disabled={short || password === '' || (!hasAccount && name.trim() === '')}>
          Join
        </Button>
      </Stack>
    </form>
  );
}

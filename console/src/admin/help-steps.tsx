import { List, Stack, Title } from '@mantine/core';

/** How to get the credentials, in the platform's own words. */
export const HelpSteps = ({ platformName, help }: { platformName: string; help: readonly string[] }) =>
  help.length === 0 ? null : (
    <aside aria-label={`How to get the credentials from ${platformName}`}>
      <Stack gap="sm" className="help">
        <Title order={3}>How to get the credentials</Title>
        <List type="ordered" spacing={8} size="sm">
          {help.map((step) => (
            <List.Item key={step} className="break">
              {step}
            </List.Item>
          ))}
        </List>
      </Stack>
    </aside>
  );

import { type Account, addUser } from './account.ts';

export type SeedName = 'support' | 'engineering' | 'empty';

/** Fills a new account: its people, and the tickets of the named seed. */
export async function seed(account: Account, name: SeedName): Promise<void> {
  const domain = `${account.subdomain}.example`;
  addUser(account, { name: 'Sync Service', email: `sync@${domain}`, role: 'admin' });
  addUser(account, { name: 'Ada Admin', email: `admin@${domain}`, role: 'admin' });
  addUser(account, { name: 'Nora Agent', email: `nora@${domain}`, role: 'agent' });
  addUser(account, { name: 'Tom Agent', email: `tom@${domain}`, role: 'agent' });
  addUser(account, { name: 'Grace Customer', email: 'grace@customer.example', role: 'end-user' });
  if (name === 'empty') return;
}

import type { InstanceCard, Proposal } from '../wire.ts';

type Told = Pick<InstanceCard, 'name' | 'nouns'>;
type Scope = { readonly id: string; readonly name: string } | null;

/** What a connection will do, in words, for whoever is asked to agree; `to`: their own instance, as far as it is known. */
export function inWords({ from }: Proposal, to: Told | null): { sends: string[]; accepts: string[]; becomesPublic: string[] } {
  const { instance: them, scope } = from;
  const [theirs, ours] = [them.nouns, to?.nouns ?? { entity: 'entity', entities: 'entities', scope: null }];
  const here = to?.name ?? 'your side';
  return {
    sends: [
      `Each ${theirs.entity} that somebody there puts under sync: its summary, description, comments and attachments, and every later change of them.`,
      `It arrives as ${articled(ours.entity)} of the same type where ${here} has a type of that name, and of the default type of ${here} otherwise.`,
      'The names of those who wrote the comments.',
    ],
    accepts: [
      `The same of each ${ours.entity} that is put under sync on your side.`,
      `New ${theirs.entities} for them are created in ${into(them, scope)}.`,
      `If both sides change the same thing at once, ${them.name} decides, and the timeline says so.`,
    ],
    becomesPublic: [
      `All comments of ${ours.entities} under sync at ${here}, internal ones too, arrive as public comments at ${them.name}.`,
      `All comments of ${theirs.entities} under sync at ${them.name}, internal ones too, arrive as public comments at ${here}.`,
    ],
  };
}

const into = (instance: Told, scope: Scope): string => (scope && scope.name !== instance.name ? `${instance.name} (${scope.name})` : instance.name);
const articled = (noun: string): string => `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;

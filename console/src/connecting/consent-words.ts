/** What becomes public in Basic mode, between two instances or two scopes of one. */
export function consentWords(here: string, there: string): string {
  const rest =
    here === there
      ? 'Whoever can read public comments in the one can read what was internal in the other.'
      : `Whoever can read public comments at ${there} can read what was internal at ${here}, and the other way round.`;
  return `In Basic mode all comments, public and internal, arrive as public. ${rest}`;
}

import type { Why } from './token.ts';

/** Why somebody is not let in, and what they can do. `reason` is for the log. */
export interface Refusal {
  readonly reason: string;
  readonly status: 400 | 403 | 503;
  readonly message: string;
  readonly remedy: string;
}

const AGAIN =
  'Open the app again from the list of apps. If that does not help, download it anew from the console’s settings and install it in place of this one.';

/** For people, by what was found wrong. `name`: of the instance; `platform`: of its tracker. */
export function refusals(name: string, platform: string) {
  const refusal = (reason: string, message: string, remedy = AGAIN, status: Refusal['status'] = 403): Refusal => ({ reason, status, message, remedy });
  const tokens: Record<Why, Refusal> = {
    unreadable: refusal('unreadable', `What was sent along is not a token of ${platform}.`, AGAIN, 400),
    algorithm: refusal('algorithm', `The token is not signed as ${platform} signs.`),
    issuer: refusal(
      'issuer',
      `The token comes from another account of ${platform} than the one of ${name}.`,
      `Install the app in the account that it was downloaded for. If the account’s address has changed, change it in the settings of ${name}.`,
    ),
    audience: refusal('audience', `The token is for another app than the one that was made for ${name}.`),
    incomplete: refusal('incomplete', 'The token does not say all that it has to.'),
    expired: refusal('expired', 'The token has expired: it is good for a few minutes after the app was opened.', 'Open the app again from the list of apps.'),
    early: refusal(
      'early',
      'By this node’s clock the token is from the future.',
      'Open the app again. If that does not help, the clock of this node is wrong: its operator can set it.',
    ),
    signature: refusal('signature', `The token’s signature is not ${platform}’s for this app.`),
  };
  return {
    ...tokens,
    used: refusal('used', 'The token has been used already: each is good once.', 'Open the app again from the list of apps.'),
    nobody: refusal(
      'nobody',
      `${platform} knows no active team member whom the token names.`,
      `Sign in to ${platform} as a team member, then open the app again.`,
    ),
    noAdmin: (person: string): Refusal =>
      refusal(
        'no-admin',
        `${person}, you are signed in to ${platform}, but not an admin of ${name} here.`,
        `The console is for administrators of the account in ${platform} and for admins of ${name}. Ask one of them to add you under Members, with the address that you use in ${platform}.`,
      ),
    unreachable: (why: string): Refusal =>
      refusal(
        'unreachable',
        `${platform} could not be asked who you are. ${why}`,
        'Open the app again in a moment. If it lasts, an admin can check the credentials in the settings.',
        503,
      ),
    noToken: refusal(
      'no-token',
      `This is the page that shows the console of ${name} inside ${platform}.`,
      `It opens from the icon of Entente in the list of apps there: the app is in the settings of ${name}, with the steps of its installation.`,
      400,
    ),
    over: refusal(
      'over',
      'This session is over, or your browser does not keep it.',
      'Open the app again from the list of apps. A browser that blocks all cookies inside other sites’ pages cannot show the console there.',
    ),
    elsewhere: refusal('elsewhere', `The app was opened from a page that is not one of ${platform} for ${name}.`, 'Open it from the list of apps there.'),
  };
}

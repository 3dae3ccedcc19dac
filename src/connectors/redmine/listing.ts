import type { CallContext } from '../../lib/http.ts';
import type { Listed, Listing, ListPage } from '../feeds/by-second.ts';
import type { IssuePage, RedmineApi, WireIssue } from './api.ts';

/** Redmine's own largest page. */
export const LARGEST_PAGE = 100;

/** What the list shows of an issue: whose it is, and our marker. */
export type Tell = (issue: WireIssue) => Pick<Listed, 'byUs' | 'marker'>;

/** Redmine's lists of issues. `tell` is asked for before each question. */
export function listingOf(api: RedmineApi, tell: (call: CallContext) => Promise<Tell>): Listing {
  const page = async (query: Parameters<RedmineApi['issues']>[0], call: CallContext): Promise<ListPage> => {
    const of = await tell(call);
    const { issues, total_count: total, serverTime }: IssuePage = await api.issues(query, call);
    return { items: issues.map((issue) => ({ id: issue.id, updated: issue.updated_on, ...of(issue) })), total, serverTime };
  };
  return {
    newest: (since, limit, call) =>
      page(
        { status_id: '*', ...(since === null ? {} : { updated_on: `>=${since}` }), sort: since === null ? 'updated_on:desc' : 'updated_on:desc,id', limit },
        call,
      ),
    byId: (after, since, limit, call) => {
      const updated = since === null ? {} : { 'op[updated_on]': '>=', 'v[updated_on][]': since };
      const filters = ['status_id', 'issue_id', ...(since === null ? [] : ['updated_on'])];
      return page({ 'f[]': filters, 'op[status_id]': '*', 'op[issue_id]': '>=', 'v[issue_id][]': after + 1, ...updated, sort: 'id', limit }, call);
    },
  };
}

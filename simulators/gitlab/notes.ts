import { mayChangeNote, maySeeNote } from './access.ts';
import { type Call, issueIn, type Route } from './call.ts';
import { addNote, deleteNote, editNote, noteOf } from './changes.ts';
import { badParameter, forbidden, notFound } from './errors.ts';
import type { Issue, Note, Project } from './model.ts';
import { paged } from './paging.ts';
import { presentNote } from './present.ts';

const all = '/api/v4/projects/:id/issues/:iid/notes';
const FILTERS = ['all_notes', 'only_comments', 'only_activity'];

export const noteRoutes: Route[] = [
  {
    method: 'GET',
    path: all,
    handle(call) {
      const { issue, project } = issueIn(call);
      const filter = call.query.get('activity_filter') ?? 'all_notes';
      if (!FILTERS.includes(filter)) throw badParameter('activity_filter does not have a valid value');
      const by = call.query.get('order_by') === 'updated_at' ? 'updated_at' : 'created_at';
      const ascending = call.query.get('sort') === 'asc';
      const listed = call.site.notes
        .filter((note) => note.issue === issue.id && maySeeNote(project, note, call.user))
        .filter((note) => filter === 'all_notes' || note.system === (filter === 'only_activity'))
        .sort((a, b) => (ascending ? 1 : -1) * (a[by].localeCompare(b[by]) || a.id - b.id));
      return paged(call, listed, (note) => presentNote(call.site, note));
    },
  },
  {
    method: 'POST',
    path: all,
    budget: 'notes',
    handle(call) {
      const { issue } = issueIn(call);
      if (call.body.body === undefined) throw badParameter('body is missing');
      const flag = call.body.internal ?? call.body.confidential;
      const made = addNote(call.site, call.user, issue, { body: call.body.body, internal: flag === true || flag === 'true' });
      if ('commands' in made) return { status: 202, json: { commands_changes: {}, summary: made.commands } };
      return { status: 201, json: presentNote(call.site, made) };
    },
  },
  { method: 'GET', path: `${all}/:note`, handle: (call) => ({ status: 200, json: presentNote(call.site, noteIn(call).note) }) },
  {
    method: 'PUT',
    path: `${all}/:note`,
    handle(call) {
      const { note, issue, project } = noteIn(call);
      if (!mayChangeNote(project, note, call.user)) throw forbidden();
      if (call.body.body === undefined) throw badParameter('body is missing');
      // `confidential` and `internal` are taken and do nothing here: a note stays what it was.
      editNote(call.site, call.user, note, issue, call.body.body);
      return { status: 200, json: presentNote(call.site, note) };
    },
  },
  {
    method: 'DELETE',
    path: `${all}/:note`,
    handle(call) {
      const { note, project } = noteIn(call);
      if (!mayChangeNote(project, note, call.user)) throw forbidden();
      deleteNote(call.site, note);
      return { status: 204 };
    },
  },
];

function noteIn(call: Call): { note: Note; issue: Issue; project: Project } {
  const { issue, project } = issueIn(call);
  const note = noteOf(call.site, issue, Number(call.params.note));
  if (!note || !maySeeNote(project, note, call.user)) throw notFound('Note');
  return { note, issue, project };
}

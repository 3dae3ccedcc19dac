import type { EntityRef } from '../../core/entity.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import { partsOfRef, refOf } from './map.ts';
import type { WireProject } from './wire.ts';

const URN = /^(?:(.+)#|#)?(\d{1,15})$/;
const ADDRESS_PATH = /^\/(.+?)(?:\/-)?\/(?:issues|work_items)\/(?:incident\/)?(\d{1,15})(?:\/.*)?$/;

/** The ref for `acme/web#7`, `#7` or `7` in the first project, or an address. Throws `not-found` when it is none of these, or of another project. */
export function findRef(typed: string, base: string, projects: readonly WireProject[]): EntityRef {
  const text = typed.trim();
  const [path, iid] = /^https?:\/\//i.test(text) ? ofAddress(text, base) : ofUrn(text);
  if (iid === undefined) {
    const parts = partsOfRef(text);
    if (parts) return text;
    throw new TrackerError('not-found', `“${typed}” is not an issue of ${base}, such as acme/web#7.`);
  }
  const project = path === undefined ? projects[0] : projects.find((one) => one.path_with_namespace.toLowerCase() === path.toLowerCase());
  if (project) return refOf(project.id, Number(iid));
  throw new TrackerError('not-found', `The project ${path} is not among the projects of this instance. Add it in the settings, under Projects.`);
}

function ofUrn(text: string): [string | undefined, string | undefined] {
  const [, path, iid] = URN.exec(text) ?? [];
  return [path, iid];
}

function ofAddress(text: string, base: string): [string | undefined, string | undefined] {
  const own = new URL(base);
  if (!URL.canParse(text) || new URL(text).host !== own.host) return [undefined, undefined];
  const prefix = own.pathname.replace(/\/$/, '');
  const { pathname } = new URL(text);
  const [, path, iid] = pathname.startsWith(`${prefix}/`) ? (ADDRESS_PATH.exec(pathname.slice(prefix.length)) ?? []) : [];
  return [path, iid];
}

/** RT's answers (REST 2), as far as we read them. Times are whole seconds, UTC; ids are text in lists and numbers elsewhere. */
export type Id = string | number;

/** A person. `id` is the name by which RT knows the user. */
export interface WireUser {
  readonly id: Id;
  readonly RealName?: string | null;
}

export interface WireField {
  readonly name: string;
  readonly values?: readonly string[];
}

export interface WireTicket {
  readonly id: Id;
  readonly Queue?: { readonly id: Id };
  readonly Subject?: string | null;
  readonly Status: string;
  readonly Creator?: WireUser;
  readonly Created: string;
  readonly LastUpdated: string;
  /** Text instead of a list: they may not be seen. */
  readonly CustomFields?: readonly WireField[] | string;
  /** Only of a single ticket: what this account may do with it (`correspond`, `comment`, `lifecycle`). */
  readonly _hyperlinks?: readonly WireLink[];
}

export interface WireLink {
  readonly ref: string;
}

export interface WireTransaction {
  readonly id: Id;
  /** `Create`, `Correspond`, `Comment`, `Set`, `Status` … */
  readonly Type: string;
  readonly Creator?: WireUser;
  readonly Created: string;
  readonly Field?: string | null;
  readonly NewValue?: string | null;
  readonly CustomFields?: readonly WireField[] | string;
}

/** A part of what was said in a transaction: a text, a file, or what holds them together (`multipart/…`). */
export interface WirePart {
  readonly id: Id;
  readonly TransactionId: Id;
  readonly ContentType: string | null;
  readonly Filename: string | null;
  /** Bytes. */
  readonly ContentLength: Id | null;
  readonly Created: string;
  readonly Headers?: string | null;
  /** Where it was asked for: only that of texts is as it was. */
  readonly Content?: string | null;
}

export interface WireQueue {
  readonly id: Id;
  readonly Name: string;
  readonly Disabled?: Id | null;
  /** The rest only of a single queue. Text instead of a list: they may not be seen. */
  readonly TicketCustomFields?: readonly WireField[] | string;
  readonly TicketTransactionCustomFields?: readonly WireField[] | string;
  readonly _hyperlinks?: readonly WireLink[];
}

/** What RT says of its own account. */
export interface WireAccount {
  readonly id: Id;
  readonly Name: string;
  readonly RealName?: string | null;
  readonly EmailAddress?: string | null;
  /** Empty: that of the server. */
  readonly Timezone?: string | null;
}

/** A list. `total` is null where RT cannot say without looking at each item. */
export interface WireList<T> {
  readonly items: readonly T[];
  readonly count: number;
  readonly total: number | null;
}

export const hasField = (fields: WireQueue['TicketCustomFields'], name: string): boolean =>
  Array.isArray(fields) && (fields as readonly WireField[]).some((field) => field.name === name);

export const mayDo = (links: readonly WireLink[] | undefined, ref: string): boolean => links?.some((link) => link.ref === ref) ?? false;

/** The value of a custom field of that name; null: none. */
export function fieldValue(fields: WireTicket['CustomFields'], name: string): string | null {
  if (!Array.isArray(fields)) return null;
  return (fields as readonly WireField[]).find((field) => field.name === name)?.values?.[0] || null;
}

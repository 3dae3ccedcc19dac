/**
 * The one document model that every tracker's formatting goes through: an mdast-like tree (GFM) of pure JSON, without positions,
 * plus a few nodes of our own. It can be stored, compared and sent as it is. Readers return it in canonical form (see canon.ts).
 */
export type RichText = { type: 'root'; children: Block[] };

export type Block = Paragraph | Heading | Code | List | Table | Blockquote | Panel | ThematicBreak | RawUnsupported;
export type Inline = Text | Strong | Emphasis | Delete | Underline | InlineCode | Break | Link | Image | Mention | AttachmentRef | RawUnsupported;
export type RichNode = RichText | Block | Inline | ListItem | TableRow | TableCell;

export type Paragraph = { type: 'paragraph'; children: Inline[] };
/** `depth` is 1 to 6. A heading is one line: breaks in it become spaces. */
export type Heading = { type: 'heading'; depth: number; children: Inline[] };
export type Code = { type: 'code'; lang?: string; value: string };
export type List = { type: 'list'; ordered: boolean; start?: number; children: ListItem[] };
/** `checked` makes it a task. */
export type ListItem = { type: 'listItem'; checked?: boolean; children: Block[] };
/** The first row is the header. */
export type Table = { type: 'table'; children: TableRow[] };
export type TableRow = { type: 'tableRow'; children: TableCell[] };
export type TableCell = { type: 'tableCell'; children: Inline[] };
export type Blockquote = { type: 'blockquote'; children: Block[] };
/** A coloured box. Other kinds are read as the nearest of these. */
export type PanelKind = 'info' | 'note' | 'success' | 'warning' | 'error';
export type Panel = { type: 'panel'; kind: PanelKind; children: Block[] };
export type ThematicBreak = { type: 'thematicBreak' };
/** What a platform cannot show: kept for the platform it came from (`format`, `value`), shown elsewhere as `text`. Block or inline. */
export type RawUnsupported = { type: 'rawUnsupported'; format: string; value: string; text: string };

export type Text = { type: 'text'; value: string };
export type Strong = { type: 'strong'; children: Inline[] };
export type Emphasis = { type: 'emphasis'; children: Inline[] };
export type Delete = { type: 'delete'; children: Inline[] };
export type Underline = { type: 'underline'; children: Inline[] };
export type InlineCode = { type: 'inlineCode'; value: string };
export type Break = { type: 'break' };
/** `url` is http, https, mailto or tel: others are dropped, and so is a link whose label is its address (every tracker shows it as one). */
export type Link = { type: 'link'; url: string; children: Inline[] };
/** `url` is http or https. */
export type Image = { type: 'image'; url: string; alt?: string };
/** A person, by the name to show (without `@`). Written so that it pings nobody. */
export type Mention = { type: 'mention'; name: string };
/** An image (`inline`) or a link that belongs to an attachment. `file` is an opaque id; `alt` is the image's description or the link's label. */
export type AttachmentRef = { type: 'attachmentRef'; file: string; name: string; alt?: string; inline?: boolean };

export type ReadOptions = {
  /**
   * Recognises a URL, a bare file name, or (ADF) a media id as an attachment. Undefined: it stays a link or an image. `inline`: it is a picture in the
   * text, although a link stands there (HTML's `pictureLink`).
   */
  fileOf?: (urlOrName: string) => { file: string; name: string; inline?: true } | undefined;
  /** Markdown only: a single line end is a line break (GitHub's comments; the default) or a space (GitLab, files). */
  newline?: 'break' | 'space';
};

export type WriteOptions = {
  /**
   * Where an attachment is on this tracker. Without a `url` it is referred to by name where the format can, else only its name is shown. `media`: the
   * id by which ADF shows it; without one a picture is a link there. `pictureLink`: HTML only, where the platform shows pictures elsewhere: a picture is a
   * link to this address, by which `fileOf` tells it from other links.
   */
  urlOf?: (file: string) => { url?: string; name: string; media?: string; pictureLink?: string } | undefined;
  /** `neutral` (the default): a name with an @ is shown but pings nobody. `plain`: written as it is. */
  mentions?: 'neutral' | 'plain';
  /** Markdown only, see ReadOptions. */
  newline?: 'break' | 'space';
};

export type Format = {
  /** Never throws. The result is in canonical form. */
  read: (text: string, options?: ReadOptions) => RichText;
  /** Never throws. The document need not be in canonical form. */
  write: (doc: RichText, options?: WriteOptions) => string;
};

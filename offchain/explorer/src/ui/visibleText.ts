/** A part of somebody's text: characters to show as they are, or one that nobody would see, by its code point. */
export type TextPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "hidden"; readonly code: string };

/** Text that shows all that is in it, up to where it is clipped. */
export type VisibleText = {
  readonly pieces: readonly TextPiece[];
  /** Characters that are left out at the end. */
  readonly clipped: number;
};

/** Characters of a name that are shown. */
const MAX_NAME = 80;

/** Marks that may sit on one letter; more of them paint over the lines above. */
const MAX_MARKS = 3;

/** What is invisible, turns the line around, has no glyph, or looks like a space and is none. */
const HIDDEN =
  /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/u;
const LINE_BREAK = /[\n\t]/;
const MARK = /\p{M}/u;
const PICTURE = /\p{Extended_Pictographic}/u;
const PRESENTATION = "\u{fe0f}";

/**
 * Returns a stranger's text as it can be shown beside the page's own words: names are compared by eye, so that a character
 * which the eye does not see must be seen.
 *
 * @param lines whether line breaks and tabs are part of the text, as in a prompt; in a name they are hidden
 */
export function visibleText(
  text: string,
  { limit = MAX_NAME, lines = false }: { readonly limit?: number; readonly lines?: boolean } = {},
): VisibleText {
  const pieces: TextPiece[] = [];
  let plain = "";
  let shown = 0;
  let marks = 0;
  let before = "";
  let at = 0;
  // By hand, not by spreading: a text may be as long as a transaction.
  for (const character of text) {
    if (shown === limit) break;
    marks = MARK.test(character) ? marks + 1 : 0;
    const isHidden =
      marks > MAX_MARKS ||
      (HIDDEN.test(character) &&
        !(lines && LINE_BREAK.test(character)) &&
        !(character === PRESENTATION && PICTURE.test(before)));
    if (isHidden) {
      if (plain !== "") pieces.push({ kind: "text", text: plain });
      plain = "";
      pieces.push({ kind: "hidden", code: codeOf(character) });
    } else plain += character;
    before = character;
    at += character.length;
    shown += 1;
  }
  if (plain !== "") pieces.push({ kind: "text", text: plain });
  return { pieces, clipped: text.length - at };
}

/** Returns the same as one line of plain text, for titles and labels: `U+202E` stands for what is hidden. */
export function plainText(text: string, limit: number = MAX_NAME): string {
  const { pieces, clipped } = visibleText(text, { limit });
  const shown = pieces.map((it) => (it.kind === "text" ? it.text : `[${it.code}]`)).join("");
  return clipped === 0 ? shown : `${shown}…`;
}

function codeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

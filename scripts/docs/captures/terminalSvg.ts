import { PICTURE_STYLE } from "../site/pictureStyle.ts";

/** Characters in a line before it is broken. */
const COLUMNS = 96;
/** Of the monospaced fonts at 12 pixels that readers have, the widest. */
const CHARACTER = 7.3;
const LINE = 17;
const MARGIN = 14;

/**
 * Returns a picture of a terminal in which this command has printed this: text as text, each line of it an element, spaces unbreakable
 * so that columns stay in line. `name` begins its ids.
 */
export function terminalSvg(name: string, command: string, printed: string): string {
  const lines = [`$ ${command}`, ...printed.trimEnd().split("\n").flatMap(broken)];
  const width = Math.ceil(Math.max(...lines.map((it) => it.length)) * CHARACTER) + 2 * MARGIN;
  const height = lines.length * LINE + 2 * MARGIN;
  const texts = lines.map((line, index) =>
    line === ""
      ? ""
      : `  <text class="field" x="${MARGIN}" y="${MARGIN + 12 + index * LINE}">${escaped(line)}</text>\n`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${name}-title ${name}-desc">
  <title id="${name}-title">A terminal: ${escapedXml(command)}</title>
  <desc id="${name}-desc">${escapedXml(printed.trim().replaceAll(/\s+/gu, " "))}</desc>
  <style>${PICTURE_STYLE}</style>
  <rect class="box" x="1" y="1" width="${width - 2}" height="${height - 2}" rx="6" />
${texts.join("")}</svg>
`;
}

/** Breaks a line between words; what is left over is indented further than the line. */
function broken(line: string): readonly string[] {
  if (line.length <= COLUMNS) return [line];
  const at = line.lastIndexOf(" ", COLUMNS);
  const indent = /^ */u.exec(line)?.[0] ?? "";
  if (at <= indent.length) return [line];
  return [line.slice(0, at), ...broken(`${indent}    ${line.slice(at + 1)}`)];
}

function escaped(line: string): string {
  return escapedXml(line).replaceAll(" ", "\u00a0");
}

function escapedXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

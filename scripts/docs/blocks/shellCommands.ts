/** A command of a shell block: its words without quotes; `line` counts from 0 within the block. */
export type ShellCommand = { readonly line: number; readonly words: readonly string[] };

const WORD =
  /"(?<double>(?:\\.|[^"\\])*)"|'(?<single>[^']*)'|(?<separator>&&|\|\|?|;|&(?!>))|(?<plain>(?:<[A-Za-z](?:[\w ./-]*\w)?>|\$\([^)]*\)|[^\s"'|;&])+)/gu;

/**
 * Returns the commands of a shell block: split at separators, without comments, assignments in front, and the bodies of
 * here-documents. Substitutions and loops are words like others: enough to find the programs that the pages call.
 */
export function shellCommands(code: string): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  let until: string | undefined;
  let pending = "";
  let first = 0;
  code.split("\n").forEach((text, line) => {
    if (until !== undefined) {
      if (text.trim() === until) until = undefined;
      return;
    }
    if (pending === "") first = line;
    pending += text.replace(/(?:^|\s)#.*$/u, "");
    if (pending.endsWith("\\")) {
      pending = `${pending.slice(0, -1)} `;
      return;
    }
    until = /<<-?\s*['"]?(?<word>\w+)['"]?/u.exec(pending)?.groups?.["word"];
    commands.push(...commandsOf(pending, first));
    pending = "";
  });
  return commands;
}

function commandsOf(text: string, line: number): readonly ShellCommand[] {
  const commands: string[][] = [[]];
  let glued = -1;
  for (const match of text.matchAll(WORD)) {
    const { double, single, separator, plain } = match.groups ?? {};
    if (separator !== undefined) {
      commands.push([]);
      glued = -1;
      continue;
    }
    const words = commands.at(-1) ?? [];
    const word = double ?? single ?? plain ?? "";
    if (match.index === glued && words.length > 0) words.push((words.pop() ?? "") + word);
    else words.push(word);
    glued = match.index + match[0].length;
  }
  return commands
    .map((words) => ({ line, words: words.slice(words.findIndex((it) => !/^\w+=/u.test(it))) }))
    .filter(({ words }) => words.length > 0);
}

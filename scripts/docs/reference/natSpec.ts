/** A NatSpec comment, by tag; `params` and `returns` by name, or by position where a return has none. */
export type NatSpec = {
  readonly title: string;
  readonly notice: string;
  readonly dev: readonly string[];
  readonly params: readonly (readonly [name: string, text: string])[];
  readonly returns: readonly string[];
  readonly inherits: string | undefined;
};

/** Reads the text of a NatSpec comment, without its slashes. Text in front of the first tag is the notice. */
export function readNatSpec(comment: string): NatSpec {
  const tags = `@notice ${comment.trim()}`
    .replace(/^@notice (?=@)/u, "")
    .split(/(?:^|\n)\s*(?=@\w)/u)
    .map((part) => /^@(?<tag>[\w:-]+)\s*(?<text>[\s\S]*)$/u.exec(part.trim())?.groups ?? {})
    .map(({ tag = "", text = "" }) => ({ tag, text: text.replaceAll(/\s*\n\s*/gu, "\n").trim() }));
  const all = (tag: string): readonly string[] =>
    tags.filter((it) => it.tag === tag).map(({ text }) => text);
  return {
    title: all("title").join(" "),
    notice: all("notice").join("\n"),
    dev: all("dev"),
    params: all("param").map((text) => {
      const { name = "", rest = "" } =
        /^(?<name>\w+(?:, \w+)*)\s*(?<rest>[\s\S]*)$/u.exec(text)?.groups ?? {};
      return [name, rest];
    }),
    returns: all("return"),
    inherits: all("inheritdoc")[0],
  };
}

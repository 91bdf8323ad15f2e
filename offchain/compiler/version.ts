import description from "./package.json" with { type: "json" };

/** This compiler, with its version: the same one derives the same circuit from the same file, byte for byte. */
export const COMPILER: string = `${description.name} ${description.version}`;

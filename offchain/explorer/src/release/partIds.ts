import * as z from "zod";

const idSchema = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const partsSchema = z.array(
  z.union([idSchema, z.object({ circuit: idSchema }).transform(({ circuit }) => circuit)]),
);

/** Returns the ids of the circuits that another consists of, as the indexer lists them: bare, or beside how many they prove. */
export function partIds(parts: unknown): readonly string[] {
  const parsed = partsSchema.safeParse(parts);
  return parsed.success ? parsed.data.map((id) => id.toLowerCase()) : [];
}

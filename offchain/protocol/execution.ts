import * as z from "zod";
import { wellFormed } from "./wellFormed.ts";

const MAX_NAME = 256;

/** See `Execution`. */
export const executionSchema = z
  .object({
    backend: wellFormed(MAX_NAME).min(1),
    proves: z.enum(["weights", "routing"]),
  })
  .readonly();

/**
 * What ran a release, and what that proves by itself: `weights`, that the operator's own process loaded the release's files
 * and checked their hashes; `routing`, only that a server was asked, not which weights ran there. Names are
 * `onnxruntime-node/1.30.0`, `kserve-v2/<host>`, `openai/<host>`, `transformers.js/4.3.1`.
 */
export type Execution = z.infer<typeof executionSchema>;

import { keccak256, toUtf8Bytes } from "ethers";
import * as z from "zod";
import { canonicalJson } from "./canonicalJson.ts";
import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";

const encodingSchema = z.object({
  mode: z.enum(["public", "committed"]),
  elements: z.number().int().positive(),
  bits: z.number().int().min(1).max(253),
  signed: z.boolean(),
  fractionBits: z.number().int().min(0).max(255),
});

const tensorSchema = z.object({
  name: z.string(),
  shape: z.array(z.number().int().positive()),
  encoding: encodingSchema,
});

const portSchema = z.object({
  name: z.string(),
  /** Empty where the file has one number, not a tensor. */
  shape: z.array(z.number().int().positive()),
});

const manifestSchema = z.object({
  format: z.literal("vouch.manifest/1"),
  /** Compiler that made the circuit, with its version: only the same one derives the same circuit again. */
  compiler: z.string().min(1),
  model: z.string().min(1),
  version: z.string(),
  /** Whether the weights are committed witness, as where this is absent, or constants of the circuit. */
  weights: z.enum(["private", "public"]).optional(),
  input: tensorSchema,
  output: tensorSchema,
  /** The file's own inputs and outputs, in the order in which they lie end to end in `input` and `output`. */
  ports: z.object({ inputs: z.array(portSchema), outputs: z.array(portSchema) }).optional(),
  /** Lengths that the file leaves open, by their name in it. */
  dimensions: z.record(z.string(), z.number().int().positive()).optional(),
  quantization: z.object({ weightBits: z.number().int(), activationBits: z.number().int() }),
  /** Greatest magnitude of each float tensor over the calibration rows, by ONNX tensor name. */
  calibration: z.record(z.string(), z.number().nonnegative()),
  /** Bits of each tensor that is not of the width in `quantization`, by the same names. */
  widths: z.record(z.string(), z.number().int().min(1).max(253)).optional(),
  /** Constraints that one circuit may have: the model is cut into segments by it. Absent where one circuit proves it. */
  maxConstraints: z.number().int().positive().optional(),
  /** Float against integer on rows that took no part in calibration. */
  report: z.object({
    rows: z.number().int().nonnegative(),
    maxAbsError: z.number().nonnegative(),
    meanAbsError: z.number().nonnegative(),
    agreement: z.number().min(0).max(1).optional(),
    /** How well both forms meet the labels of the rows, where these have any. */
    metric: z
      .object({
        name: z.enum(["accuracy", "rmse"]),
        rows: z.number().int().positive(),
        float: z.number().nonnegative(),
        integer: z.number().nonnegative(),
      })
      .optional(),
    /** Errors of each output of the file. */
    outputs: z
      .array(
        z.object({
          name: z.string(),
          maxAbsError: z.number().nonnegative(),
          meanAbsError: z.number().nonnegative(),
        }),
      )
      .readonly()
      .optional(),
    /** Signal-to-noise ratio of tensors in dB, in the order of the graph; `null` where both forms are equal. */
    layers: z
      .array(z.object({ tensor: z.string(), node: z.string(), snr: z.number().nullable() }))
      .readonly()
      .optional(),
  }),
  preprocessing: z.json().optional(),
  notice: z.string().optional(),
});

/** What a release says in public beside its id: shapes, encodings, calibration and accuracy. */
export type Manifest = z.infer<typeof manifestSchema>;

/** @throws {ProtocolError} `MANIFEST_MALFORMED`, naming the first field that is wrong. */
export function parseManifest(json: unknown): Manifest {
  const parsed = readManifest(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "MANIFEST_MALFORMED", reason }, { cause: parsed.error });
}

/** A free-form member that is nested thousands deep exhausts the stack of who checks it. */
function readManifest(json: unknown): z.ZodSafeParseResult<Manifest> {
  try {
    return manifestSchema.safeParse(json);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const reason = "preprocessing: nested too deeply";
    throw new ProtocolError({ code: "MANIFEST_MALFORMED", reason }, { cause });
  }
}

/** Returns the one text of a manifest that is hashed: keys sorted, no white space. */
export function canonicalManifest(manifest: Manifest): string {
  return canonicalJson(manifest);
}

/** Returns keccak256 of the canonical text. */
export function manifestHash(manifest: Manifest): Hex {
  return keccak256(toUtf8Bytes(canonicalManifest(manifest))) as Hex;
}

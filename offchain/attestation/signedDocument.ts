import { Buffer } from "node:buffer";
import { TCB_STATUSES } from "@vouch/protocol";
import { z } from "zod";
import { AttestationError } from "./errors.ts";
import { parseDocument } from "./parseDocument.ts";

/** Kind of enclave, as quotes and the vendor's documents tell it. */
export type Tee = "SGX" | "TDX";

/** A level of a quoting enclave or of a TDX module. */
export type IsvLevel = z.infer<typeof isvLevel>;

const COMPONENTS = 16;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** A number of `bits` bits. */
export const uint = (bits: number): z.ZodNumber =>
  z
    .int()
    .min(0)
    .max(2 ** bits - 1);

/** Hexadecimal digits of so many bytes. */
export const hexBytes = (
  length: number,
): z.ZodPipe<z.ZodString, z.ZodTransform<Uint8Array, string>> =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${2 * length}}$`, "i"), `has not ${length} bytes in hexadecimal`)
    .transform((digits) => new Uint8Array(Buffer.from(digits, "hex")));

/** `YYYY-MM-DDThh:mm:ssZ`, in seconds since the epoch. */
export const date = z
  .string()
  .regex(DATE, "is no time")
  .refine(isInCalendar, "is no time of the calendar")
  .transform((text) => Date.parse(text) / 1000);

/** `Date.parse` takes a 30th of February for a day of March, and the hour 24 for the next day. */
function isInCalendar(text: string): boolean {
  const date = new Date(text);
  return Number.isFinite(date.getTime()) && date.toISOString() === text.replace("Z", ".000Z");
}

/** What a level says of those that reach it; no member stands for no advisory. */
export const standing = {
  tcbStatus: z.enum(TCB_STATUSES),
  advisoryIDs: z.array(z.string()).max(127).readonly().default([]),
};

/** Security versions of 16 components. */
export const components = z
  .array(z.object({ svn: uint(8) }))
  .length(COMPONENTS)
  .transform((list): readonly number[] => list.map(({ svn }) => svn));

export const isvLevel = z
  .object({ tcb: z.object({ isvsvn: uint(16) }), ...standing })
  .readonly()
  .transform(({ tcb, tcbStatus, advisoryIDs }) => ({
    isvSvn: tcb.isvsvn,
    status: tcbStatus,
    advisories: advisoryIDs,
  }));

/** Members that all documents have. */
export const issued = {
  issueDate: date,
  nextUpdate: date,
  tcbEvaluationDataNumber: uint(32),
};

/**
 * Reads a document that the vendor signs over its bytes.
 *
 * One that is written in another way than the shortest is refused, as on-chain: so none can be read in two ways, by
 * a member that comes twice.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED`.
 */
export function readSigned<
  Document extends { readonly issueDate: number; readonly nextUpdate: number },
>(schema: z.ZodType<Document>, text: string, field: string): Document {
  const document = parseDocument(schema, text, field);
  const malformed = (reason: string): AttestationError =>
    new AttestationError({ code: "COLLATERAL_MALFORMED", field, reason });
  if (text.includes("\\")) throw malformed("has a string with an escape");
  if (JSON.stringify(JSON.parse(text)) !== text) throw malformed("is not compact JSON");
  if (document.nextUpdate <= document.issueDate) throw malformed("ends before it begins");
  return document;
}

import { z } from "zod";
import {
  components,
  hexBytes,
  type IsvLevel,
  issued,
  isvLevel,
  readSigned,
  standing,
  type Tee,
  uint,
} from "./signedDocument.ts";
import { Buffer } from "node:buffer";
import type { TcbStatus } from "@vouch/protocol";

/** A level of a platform: what it has to have at least, and how those stand that reach it. */
export type PlatformLevel = {
  /** Security versions of 16 components. */
  readonly sgx: readonly number[];
  readonly pceSvn: number;
  /** Of TDX; undefined in documents of SGX. */
  readonly tdx: readonly number[] | undefined;
  readonly status: TcbStatus;
  readonly advisories: readonly string[];
};

/** A TDX module that the vendor knows. */
export type TdxModuleIdentity = {
  /** 0 is the first module, which has no levels of its own. */
  readonly version: number;
  readonly mrSigner: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly levels: readonly IsvLevel[];
};

/** What the vendor says of a platform model. Times are in seconds since the epoch. */
export type TcbInfo = {
  readonly tee: Tee;
  /** Platform model, 6 bytes in lower-case hexadecimal, and its PCE, 2 bytes. */
  readonly fmspc: string;
  readonly pceId: string;
  readonly issuedAt: number;
  readonly nextUpdate: number;
  /** Rises with each TCB recovery. */
  readonly evaluation: number;
  readonly levels: readonly PlatformLevel[];
  readonly modules: readonly TdxModuleIdentity[];
};

const identity = { mrsigner: hexBytes(48), attributes: hexBytes(8), attributesMask: hexBytes(8) };
const platformLevel = z.object({
  tcb: z.object({
    sgxtcbcomponents: components,
    pcesvn: uint(16),
    tdxtcbcomponents: components.optional(),
  }),
  ...standing,
});
const tcbInfo = z
  .object({
    id: z.enum(["SGX", "TDX"]),
    version: z.literal(3),
    ...issued,
    fmspc: hexBytes(6),
    pceId: hexBytes(2),
    tcbType: z.literal(0),
    tdxModule: z.object(identity).optional(),
    tdxModuleIdentities: z
      .array(
        z.object({
          id: z.string().regex(/^TDX_[0-9A-Fa-f]{2}$/, "is no TDX_ and two hexadecimal digits"),
          ...identity,
          tcbLevels: z.array(isvLevel).default([]),
        }),
      )
      .default([]),
    tcbLevels: z.array(platformLevel),
  })
  .refine(
    ({ id, tcbLevels }) =>
      tcbLevels.every(({ tcb }) => (tcb.tdxtcbcomponents !== undefined) === (id === "TDX")),
    { path: ["tcbLevels"], message: "lacks TDX components, or has some of SGX" },
  );

type Identity = z.infer<z.ZodObject<typeof identity>>;

/**
 * Reads TCB info, version 3 (Intel PCS API, "TCB Info V3"); nobody's signature is verified.
 *
 * @throws {AttestationError} `COLLATERAL_MALFORMED`, naming the member.
 */
export function readTcbInfo(text: string): TcbInfo {
  const document = readSigned(tcbInfo, text, "TCB info");
  const first = document.tdxModule;
  return {
    tee: document.id,
    fmspc: Buffer.from(document.fmspc).toString("hex"),
    pceId: Buffer.from(document.pceId).toString("hex"),
    issuedAt: document.issueDate,
    nextUpdate: document.nextUpdate,
    evaluation: document.tcbEvaluationDataNumber,
    levels: document.tcbLevels.map(({ tcb, tcbStatus, advisoryIDs }) => ({
      sgx: tcb.sgxtcbcomponents,
      pceSvn: tcb.pcesvn,
      tdx: tcb.tdxtcbcomponents,
      status: tcbStatus,
      advisories: advisoryIDs,
    })),
    modules: [
      ...(first === undefined ? [] : [moduleOf(0, first, [])]),
      ...document.tdxModuleIdentities.map((it) =>
        moduleOf(Number.parseInt(it.id.slice(4), 16), it, it.tcbLevels),
      ),
    ],
  };
}

function moduleOf(
  version: number,
  { mrsigner, attributes, attributesMask }: Identity,
  levels: readonly IsvLevel[],
): TdxModuleIdentity {
  return { version, mrSigner: mrsigner, attributes, attributesMask, levels };
}

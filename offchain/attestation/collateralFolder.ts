import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { assembleCollateral, type CollateralSource } from "./collateralAnswers.ts";
import { AttestationError } from "./errors.ts";

/** Names that answers are kept under, as `curl -o` of go-tdx-guest's samples writes them. */
const NAMES = {
  rootRevocations: ["rootcrl.der", "rootcrl"],
  pckRevocations: ["pckcrl", "pckcrl.der"],
  tcbInfo: ["tcbInfo_response", "sample_tcbInfo_response"],
  qeIdentity: ["qeIdentity_response", "sample_qeIdentity_response"],
  pckIssuerChain: ["pckcrl_issuer_chain"],
  signingChain: ["tcbInfo_issuer_chain"],
} as const;

/**
 * Takes collateral from a folder of answers of a provisioning service: `rootcrl.der`, `pckcrl`, `tcbInfo_response`,
 * `qeIdentity_response`, and the headers' issuer chains in `pckcrl_issuer_chain` and `tcbInfo_issuer_chain`,
 * without which it is read but incomplete.
 *
 * The source throws `COLLATERAL_UNAVAILABLE`, naming the file that is absent, and `COLLATERAL_MALFORMED`.
 */
export function collateralFolder(folder: string): CollateralSource<unknown> {
  return async () => {
    const present = new Set(await names(folder));
    const read = async (what: keyof typeof NAMES): Promise<Uint8Array | undefined> => {
      const name = NAMES[what].find((it) => present.has(it));
      return name === undefined ? undefined : readFile(join(folder, name));
    };
    const demanded = async (what: keyof typeof NAMES): Promise<Uint8Array> => {
      const bytes = await read(what);
      if (bytes === undefined) throw unavailable(folder, `has no file ${NAMES[what].join(" or ")}`);
      return bytes;
    };
    return assembleCollateral({
      rootRevocations: await demanded("rootRevocations"),
      pckRevocations: await demanded("pckRevocations"),
      tcbInfo: textOf(await demanded("tcbInfo")),
      qeIdentity: textOf(await demanded("qeIdentity")),
      pckIssuerChain: textOf(await read("pckIssuerChain")),
      signingChain: textOf(await read("signingChain")),
    });
  };
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw unavailable(folder, "is no folder that can be read", cause);
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

function unavailable(source: string, reason: string, cause?: unknown): AttestationError {
  return new AttestationError({ code: "COLLATERAL_UNAVAILABLE", source, reason }, { cause });
}

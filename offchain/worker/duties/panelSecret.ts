import { createHmac } from "node:crypto";
import type { Hex } from "@vouch/protocol";
import { bytesToHex, hexToBytes } from "@vouch/protocol";
import { AbiCoder, toUtf8Bytes } from "ethers";
import { openSecret } from "../openSecret.ts";

/** 32 bytes that an operator keeps as long as it sits on panels. */
export type PanelSecret = { readonly saltOf: (place: PanelPlace) => Hex };

/** Where a member commits. */
export type PanelPlace = {
  readonly chainId: bigint;
  readonly quorum: Hex;
  readonly round: Hex;
  readonly operator: Hex;
};

const LABEL = bytesToHex(toUtf8Bytes("vouch.panel.salt.v1"));

/**
 * Returns the salts that follow from a secret: `HMAC-SHA256(secret, abi.encode(label, chain, quorum, round, operator))`. A process
 * that starts again reveals what the one before committed to, and nobody else can guess an output behind its commitment.
 */
export function panelSecret(secret: Uint8Array): PanelSecret {
  return {
    saltOf({ chainId, quorum, round, operator }) {
      const place = AbiCoder.defaultAbiCoder().encode(
        ["bytes", "uint256", "address", "bytes32", "address"],
        [LABEL, chainId, quorum, round, operator],
      ) as Hex;
      return bytesToHex(createHmac("sha256", secret).update(hexToBytes(place)).digest());
    },
  };
}

/**
 * Reads the secret at `path`, or makes one there.
 *
 * @throws {WorkerError} `SECRET_INVALID`, `STORE_UNWRITABLE`.
 */
export function openPanelSecret(path: string): PanelSecret {
  return panelSecret(openSecret(path));
}

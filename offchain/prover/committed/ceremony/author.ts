import { createHash } from "node:crypto";
import type { Hex } from "@vouch/protocol";
import { hexToBytes } from "@vouch/protocol";
import { checkContributionName } from "../../ceremony/contributionName.ts";
import type { BeaconValue } from "../../ceremony/contributionRecords.ts";
import { checkBeacon, drawSeed, stretchBeacon } from "../../ceremony/deltaKey.ts";
import type { StepOptions } from "../../progress.ts";

/** Who makes a contribution, and what its secrets and nonces are derived from. */
export type Author = {
  readonly name: string;
  readonly beacon?: BeaconValue;
  /** 64 bytes for the record of this context: secret, but for a beacon, whose everybody derives. */
  readonly seedFor: (context: Hex) => Promise<Uint8Array>;
};

/**
 * Somebody whose secrets come from this machine's randomness.
 *
 * @param entropy mixed with the system's randomness, which suffices alone
 * @throws {ProverError} `CONTRIBUTION_NAME`.
 */
export function contributor(name: string, entropy = ""): Author {
  checkContributionName(name);
  return { name, seedFor: () => Promise.resolve(drawSeed(entropy)) };
}

/**
 * A public value that was not known when the contributions were made. Its seed is `sha512("vouch.beacon.v1" ‖ context ‖ value
 * hashed 2^exponent times)`: the context tells the files of one ceremony apart.
 *
 * @throws {ProverError} `CONTRIBUTION_NAME`, `BEACON_INVALID`.
 */
export function beaconAuthor(
  source: string,
  { hash, iterationsExponent }: BeaconValue,
  options: StepOptions = {},
): Author {
  checkContributionName(source);
  const beacon = { hash: hash.toLowerCase(), iterationsExponent };
  checkBeacon(beacon);
  return {
    ...{ name: source, beacon },
    seedFor: async (context) =>
      createHash("sha512")
        .update("vouch.beacon.v1")
        .update(hexToBytes(context))
        .update(await stretchBeacon(beacon, options))
        .digest(),
  };
}

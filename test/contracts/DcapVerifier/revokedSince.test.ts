import { publicKeyStruct } from "@vouch/attestation";
import {
  simulatedPlatformCa,
  simulatedRevocations,
  simulatedRoot,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { type EnclaveScenario, deployEnclaves } from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
/** Serial numbers of the scenario's platform and of its authority. */
const PLATFORM = 77n;
const AUTHORITY = 2n;

/** Brings lists that date the revocation of the platform, and of its authority, so many seconds into the period. */
async function revoke(
  { authorities, period }: EnclaveScenario,
  ofPlatform: number | undefined,
  ofAuthority: number | undefined,
): Promise<void> {
  const later = { from: new Date(period.from.getTime() + 60_000), to: period.to };
  const entry = (serial: bigint, seconds: number | undefined): { serial: bigint; date: Date }[] =>
    seconds === undefined
      ? []
      : [{ serial, date: new Date(period.from.getTime() + 1000 * seconds) }];
  // The authority signs no list once it is revoked.
  await authorities.refreshRevocations(
    simulatedRevocations("platformCa", later, 2, entry(PLATFORM, ofPlatform)),
    publicKeyStruct(simulatedPlatformCa().certificate),
  );
  await authorities.refreshRevocations(
    simulatedRevocations("root", later, 2, entry(AUTHORITY, ofAuthority)),
    publicKeyStruct(simulatedRoot().certificate),
  );
}

describe("DcapVerifier.revokedSince", () => {
  for (const [what, ofPlatform, ofAuthority, expected] of [
    ["is 0 where neither platform nor authority is revoked", undefined, undefined, undefined],
    ["is the date of the platform's certificate", 10, undefined, 10],
    ["is the date of its authority's certificate", undefined, 20, 20],
    ["is the earlier of both, that of the platform", 10, 20, 10],
    ["is the earlier of both, that of its authority", 30, 20, 20],
  ] as const) {
    it(what, async () => {
      const it = await deployed();
      await revoke(it, ofPlatform, ofAuthority);
      const from = it.period.from.getTime() / 1000;
      const since = await it.verifier.revokedSince(it.platformId);
      expect(since).to.equal(expected === undefined ? 0 : from + expected);
    });
  }

  it("reverts with PlatformUnknown for one that nobody brought", async () => {
    const { verifier } = await deployed();
    await expect(verifier.revokedSince(ZeroHash))
      .to.be.revertedWithCustomError(verifier, "PlatformUnknown")
      .withArgs(ZeroHash);
  });
});

import { registrarQuorumId } from "@vouch/attestation/nitro";
import { expect } from "chai";
import { ZeroAddress, getAddress, id as hashOf, toBeHex } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { BOND, WINDOW, deployNitro } from "../../helpers/nitroScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployNitro);
const HOUR = 3600;
/** As many addresses, ascending. */
const members = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => getAddress(toBeHex(index + 1, 20)));

describe("NitroRegistrars.declare", () => {
  for (const [count, threshold] of [
    [1, 1],
    [3, 2],
    [4, 3],
    [16, 9],
    [16, 16],
  ] as const) {
    it(`keeps ${threshold} of ${count}, by an id that anyone can compute`, async () => {
      const { registrars } = await deployed();
      const terms = {
        members: members(count),
        threshold,
        disputeBond: 1n,
        disputeWindow: 12 * HOUR,
      };
      const quorum = registrarQuorumId(terms);
      await expect(registrars.declare(terms.members, threshold, 1n, 12 * HOUR))
        .to.emit(registrars, "QuorumDeclared")
        .withArgs(quorum, terms.members, threshold, 1n, 12 * HOUR);
      expect(await registrars.quorumIdOf(terms.members, threshold, 1n, 12 * HOUR)).to.equal(quorum);
      expect(await registrars.termsOf(quorum)).to.deep.equal([BigInt(threshold), 43_200n, 1n]);
      expect(await registrars.isMember(quorum, terms.members.at(-1) ?? "")).to.equal(true);
      expect(await registrars.isMember(quorum, toBeHex(count + 1, 20))).to.equal(false);
    });
  }

  it("leaves one that is declared already as it is", async () => {
    const { registrars, terms } = await deployed();
    const again = registrars.declare([...terms.members], terms.threshold, BOND, WINDOW);
    await expect(again).not.to.emit(registrars, "QuorumDeclared");
  });

  it("knows nothing of another's members", async () => {
    const { registrars, quorumId, operator } = await deployed();
    expect(await registrars.isMember(quorumId, operator)).to.equal(false);
    expect(await registrars.termsOf(hashOf("none"))).to.deep.equal([0n, 0n, 0n]);
  });

  it("takes no window in which an operator that is upheld could not answer any more", async () => {
    const { registrars, ledger } = await deployed();
    const longest = await registrars.MAX_WINDOW();
    expect(longest).to.be.lessThan(await ledger.ANSWER_PERIOD());
    await expect(registrars.declare(members(1), 1, BOND, longest + 1n))
      .to.be.revertedWithCustomError(registrars, "DisputeWindowRefused")
      .withArgs(longest + 1n, HOUR, longest);
  });

  for (const [what, list, threshold, bond, window, error] of [
    ["no member", [], 1, BOND, WINDOW, "RegistrarCountRefused"],
    ["17 members", members(17), 9, BOND, WINDOW, "RegistrarCountRefused"],
    ["half of the members", members(4), 2, BOND, WINDOW, "RegistrarThresholdRefused"],
    ["more than there are", members(2), 3, BOND, WINDOW, "RegistrarThresholdRefused"],
    ["members that descend", members(3).reverse(), 2, BOND, WINDOW, "RegistrarsUnsorted"],
    ["a member twice", [...members(2), toBeHex(2, 20)], 2, BOND, WINDOW, "RegistrarsUnsorted"],
    ["nobody as a member", [ZeroAddress], 1, BOND, WINDOW, "RegistrarsUnsorted"],
    ["a window below an hour", members(1), 1, BOND, 3599, "DisputeWindowRefused"],
    ["a window above 12 hours", members(1), 1, BOND, 12 * HOUR + 1, "DisputeWindowRefused"],
    ["no bond", members(1), 1, 0n, WINDOW, "DisputeBondMissing"],
  ] as const) {
    it(`reverts with ${error} for ${what}`, async () => {
      const { registrars } = await deployed();
      await expect(
        registrars.declare([...list], threshold, bond, window),
      ).to.be.revertedWithCustomError(registrars, error);
    });
  }
});

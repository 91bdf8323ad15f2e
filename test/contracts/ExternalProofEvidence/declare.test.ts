import { expect } from "chai";
import { ZeroAddress, ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { deployExternal, pinOf } from "../../helpers/externalScenario.ts";

const { networkHelpers } = connection;

async function published() {
  const scenario = await networkHelpers.loadFixture(deployExternal);
  const releaseId = await scenario.publishPlain("declared");
  const declare = scenario.external.connect(scenario.publisher).declare;
  return { ...scenario, releaseId, declare };
}

describe("ExternalProofEvidence.declare", () => {
  for (const shape of ["riscZero", "sp1", "ezkl"] as const) {
    it(`stores a program of ${shape}, whose pin names shape, verifier and program`, async () => {
      const { external, declare, byShape, releaseId } = await published();
      const program = byShape[shape];
      await expect(declare(releaseId, program))
        .to.emit(external, "ProgramDeclared")
        .withArgs(releaseId, program.verifier, pinOf(program), Object.values(program));
      expect([...(await external.programOf(releaseId))]).to.deep.equal(Object.values(program));
      expect(await external.pinOf(releaseId)).to.equal(pinOf(program));
    });
  }

  describe("when the sender is not the release's publisher", () => {
    it("reverts with ProgramNotByPublisher", async () => {
      const { external, byShape, releaseId, stranger, publisher } = await published();
      await expect(external.connect(stranger).declare(releaseId, byShape.sp1))
        .to.be.revertedWithCustomError(external, "ProgramNotByPublisher")
        .withArgs(stranger.address, publisher.address);
    });
  });

  describe("when the release was not published", () => {
    it("reverts with ReleaseNotPublished", async () => {
      const { declare, byShape, models } = await published();
      await expect(declare(id("nothing"), byShape.sp1)).to.be.revertedWithCustomError(
        models,
        "ReleaseNotPublished",
      );
    });
  });

  describe("given a release with a circuit", () => {
    it("reverts with ReleaseWithCircuit: the circuit proves it", async () => {
      const scenario = await networkHelpers.loadFixture(deployExternal);
      const { external, publisher, releaseId, circuitId, byShape } = scenario;
      await expect(external.connect(publisher).declare(releaseId, byShape.sp1))
        .to.be.revertedWithCustomError(external, "ReleaseWithCircuit")
        .withArgs(releaseId, circuitId);
    });
  });

  describe("given a release that has declared", () => {
    it("reverts with ProgramAlreadyDeclared, for the same program too", async () => {
      const { external, declare, byShape, releaseId } = await published();
      await declare(releaseId, byShape.sp1);
      for (const program of [byShape.sp1, byShape.riscZero]) {
        await expect(declare(releaseId, program))
          .to.be.revertedWithCustomError(external, "ProgramAlreadyDeclared")
          .withArgs(releaseId);
      }
      expect(await external.pinOf(releaseId)).to.equal(pinOf(byShape.sp1));
    });
  });

  describe("when there is no code at the verifier's address", () => {
    it("reverts with ExternalVerifierWithoutCode", async () => {
      const { external, declare, byShape, releaseId, stranger } = await published();
      for (const verifier of [stranger.address, ZeroAddress]) {
        await expect(declare(releaseId, { ...byShape.sp1, verifier }))
          .to.be.revertedWithCustomError(external, "ExternalVerifierWithoutCode")
          .withArgs(verifier);
      }
    });
  });

  describe("when the program id is none", () => {
    it("reverts with ProgramIdEmpty", async () => {
      const { external, declare, byShape, releaseId } = await published();
      for (const program of Object.values(byShape)) {
        await expect(
          declare(releaseId, { ...program, program: ZeroHash }),
        ).to.be.revertedWithCustomError(external, "ProgramIdEmpty");
      }
    });
  });
});

describe("ExternalProofEvidence.programOf", () => {
  it("reverts with ProgramNotDeclared for a release without one, whose pin is zero", async () => {
    const { external, releaseId } = await published();
    await expect(external.programOf(releaseId)).to.be.revertedWithCustomError(
      external,
      "ProgramNotDeclared",
    );
    expect(await external.pinOf(releaseId)).to.equal(ZeroHash);
  });
});

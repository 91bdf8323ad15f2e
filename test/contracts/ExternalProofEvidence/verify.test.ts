import { expect } from "chai";
import { ZeroHash, concat, id, sha256, toBeHex, zeroPadValue } from "ethers";
import { network } from "hardhat";
import { connection } from "../../helpers/deployVouch.ts";
import {
  SHAPES,
  deployExternal,
  external as pinned,
  externalOn,
  ezklProgram,
  ezklProof,
  pinOf,
  proofOf,
  riscZeroProof,
  sp1Proof,
} from "../../helpers/externalScenario.ts";
import type { ExternalScenario, Program } from "../../helpers/externalScenario.ts";
import { SCALAR_FIELD } from "../../helpers/trapdoorKey.ts";
import {
  BAD,
  TRUST,
  ZK,
  all,
  digestOf,
  prove,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Claim, Policy } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const EXTERNAL_VERIFIER = 8n;
const NAMES = ["riscZero", "sp1", "ezkl"] as const;

async function declared(shape: keyof typeof SHAPES, change: Partial<Program> = {}) {
  const scenario = await networkHelpers.loadFixture(deployExternal);
  const releaseId = await scenario.publishPlain(`proven by ${shape}`);
  const program: Program = { ...scenario.byShape[shape], ...change };
  await scenario.external.connect(scenario.publisher).declare(releaseId, program);
  const claim = scenario.claimOf(releaseId);
  const receipt = { ...claim, evidence: [proofOf(program, scenario.domain, claim)] };
  return { ...scenario, releaseId, program, claim, receipt, policy: all(pinned(pinOf(program))) };
}

async function expectRefused(
  { router, external }: Pick<ExternalScenario, "router" | "external">,
  claim: Claim,
  data: string,
  error = "ExternalProofInvalid",
) {
  await expect(
    router.assess({ ...claim, evidence: [{ kind: ZK, data }] }),
  ).to.be.revertedWithCustomError(external, error);
}

describe("ExternalProofEvidence.verify", () => {
  for (const shape of NAMES) {
    describe(`given a release that declared a program of ${shape}`, () => {
      it("takes its proof, and says that an external verifier was asked", async () => {
        const { router, receipt, policy } = await declared(shape);
        const assurance = await router.requireReceipt(receipt, policy);
        expect(assurance.kinds).to.equal(1n << ZK);
        expect(assurance.flags).to.equal(EXTERNAL_VERIFIER);
      });

      it("refuses it for every other statement: output, request, operator, release", async () => {
        const scenario = await declared(shape);
        const { claim, receipt, rival, program, external, publisher } = scenario;
        const twin = await scenario.publishPlain("twin");
        await external.connect(publisher).declare(twin, program);
        const data = receipt.evidence[0]!.data;
        for (const change of [
          { output: BAD },
          { input: BAD },
          { request: id("another") },
          { operator: rival.address },
          { release: twin },
        ]) {
          await expectRefused(scenario, { ...claim, ...change }, data);
        }
      });

      it("refuses a proof of another deployment", async () => {
        const scenario = await declared(shape);
        const { claim, program, domain, plain } = scenario;
        const elsewhere = { ...domain, router: await plain.getAddress() };
        await expectRefused(scenario, claim, proofOf(program, elsewhere, claim).data);
      });

      it("refuses a proof of another chain", async () => {
        const scenario = await declared(shape);
        const { claim, program, domain } = scenario;
        const elsewhere = { ...domain, chainId: domain.chainId + 1n };
        await expectRefused(scenario, claim, proofOf(program, elsewhere, claim).data);
      });

      it("refuses no proof, and bytes before and after one", async () => {
        const scenario = await declared(shape);
        const { claim, receipt } = scenario;
        const { data } = receipt.evidence[0]!;
        for (const wrong of ["0x", concat([data, "0x00"]), concat(["0x00", data])]) {
          await expectRefused(scenario, claim, wrong);
        }
      });
    });
  }

  describe("given a program of RISC Zero or SP1", () => {
    it("refuses a proof of another program of the same system", async () => {
      for (const [shape, prover] of [
        ["riscZero", riscZeroProof],
        ["sp1", sp1Proof],
      ] as const) {
        const scenario = await declared(shape);
        const digest = digestOf(scenario.domain, scenario.claim);
        await expectRefused(scenario, scenario.claim, prover(zeroPadValue("0x99", 32), digest));
      }
    });

    it("hands on the digest as the 32 bytes of the journal or the public values", async () => {
      const risc = await declared("riscZero");
      const digest = digestOf(risc.domain, risc.claim);
      const { data } = risc.receipt.evidence[0]!;
      await risc.riscZero.verify(data, risc.program.program, sha256(digest));
      const sp1 = await declared("sp1");
      const proof = sp1.receipt.evidence[0]!.data;
      await sp1.sp1.verifyProof(sp1.program.program, digestOf(sp1.domain, sp1.claim), proof);
    });

    it("refuses a verifier that answers anything, as one of another shape does", async () => {
      for (const shape of ["riscZero", "sp1"] as const) {
        const { answering } = await networkHelpers.loadFixture(deployExternal);
        const scenario = await declared(shape, { verifier: await answering.getAddress() });
        await scenario.router.assess(scenario.receipt);
        for (const answer of [zeroPadValue("0x01", 32), zeroPadValue("0x00", 32), "0x00"]) {
          await scenario.answering.setAnswer(answer);
          await expectRefused(scenario, scenario.claim, "0x");
        }
      }
    });

    it("refuses a verifier whose code is gone", async () => {
      for (const shape of NAMES) {
        const scenario = await declared(shape);
        await networkHelpers.setCode(scenario.program.verifier, "0x");
        await expectRefused(
          scenario,
          scenario.claim,
          scenario.receipt.evidence[0]!.data,
          "ExternalVerifierWithoutCode",
        );
      }
    });
  });

  describe("given a program of EZKL", () => {
    it("hands on the halves of the digest and then the words", async () => {
      const { ezkl, claim, receipt, domain } = await declared("ezkl");
      const digest = BigInt(digestOf(domain, claim));
      const instances = [digest >> 128n, digest % (1n << 128n), ...claim.input, ...claim.output];
      expect(await ezkl.verifyProof(receipt.evidence[0]!.data, instances)).to.equal(true);
    });

    it("refuses words that are the proven ones plus the field's order", async () => {
      const scenario = await declared("ezkl");
      const { claim, domain } = scenario;
      const forgeries: readonly (readonly [Partial<Claim>, bigint])[] = [
        [{ input: [claim.input[0]! + SCALAR_FIELD] }, 2n],
        [{ output: [claim.output[0]! + SCALAR_FIELD] }, 3n],
      ];
      for (const [change, index] of forgeries) {
        const forged = { ...claim, ...change };
        const data = ezklProof(digestOf(domain, forged), [...claim.input, ...claim.output]);
        await expect(scenario.router.assess({ ...forged, evidence: [{ kind: ZK, data }] }))
          .to.be.revertedWithCustomError(scenario.external, "ExternalInstanceNotCanonical")
          .withArgs(index, (it: unknown) => it !== undefined);
      }
    });

    it("refuses another number of words", async () => {
      const scenario = await declared("ezkl");
      const { claim, domain } = scenario;
      for (const change of [{ output: [] }, { input: [1n, 2n] }]) {
        const other = { ...claim, ...change };
        const data = ezklProof(digestOf(domain, other), [...other.input, ...other.output]);
        await expectRefused(scenario, other, data, "ExternalProgramMismatch");
      }
    });

    it("refuses a proof over the same words, one of the input passed off as one of the output", async () => {
      const scenario = await declared("ezkl");
      const { claim, domain } = scenario;
      const words = [...claim.input, ...claim.output];
      for (const change of [
        { input: [], output: words },
        { input: words, output: [] },
      ]) {
        const other = { ...claim, ...change };
        const data = ezklProof(digestOf(domain, other), words);
        await expectRefused(scenario, other, data, "ExternalProgramMismatch");
      }
    });

    it("refuses a proof where the verifier wants other instances than were declared", async () => {
      const { ezkl } = await networkHelpers.loadFixture(deployExternal);
      const code = await ethers.provider.getCode(ezkl);
      const scenario = await declared("ezkl", { program: ezklProgram(code, 2n, 1n) });
      const claim = { ...scenario.claim, input: [1n, 2n] };
      const data = ezklProof(digestOf(scenario.domain, claim), [...claim.input, ...claim.output]);
      await expectRefused(scenario, claim, data);
    });

    it("refuses all answers but 32 bytes of 1", async () => {
      const { answering } = await networkHelpers.loadFixture(deployExternal);
      const code = ezklProgram(await ethers.provider.getCode(answering));
      const verifier = await answering.getAddress();
      const scenario = await declared("ezkl", { verifier, program: code });
      const one = zeroPadValue("0x01", 32);
      await scenario.answering.setAnswer(one);
      await scenario.router.assess(scenario.receipt);
      for (const answer of [
        "0x",
        "0x01",
        zeroPadValue("0x00", 32),
        zeroPadValue("0x02", 32),
        toBeHex((1n << 255n) + 1n, 32),
        concat([one, "0x00"]),
        concat([one, one]),
      ]) {
        await scenario.answering.setAnswer(answer);
        await expectRefused(scenario, scenario.claim, "0x");
      }
    });

    it("refuses a verifier that reverts", async () => {
      const { sp1 } = await networkHelpers.loadFixture(deployExternal);
      const code = ezklProgram(await ethers.provider.getCode(sp1));
      const scenario = await declared("ezkl", { verifier: await sp1.getAddress(), program: code });
      await expectRefused(scenario, scenario.claim, "0x");
    });

    it("refuses a verifier whose code is another than was declared", async () => {
      const scenario = await declared("ezkl");
      const { ezkl, answering, claim, receipt } = scenario;
      await answering.setAnswer(zeroPadValue("0x01", 32));
      await networkHelpers.setCode(
        await ezkl.getAddress(),
        await ethers.provider.getCode(answering),
      );
      await expectRefused(scenario, claim, receipt.evidence[0]!.data, "ExternalProgramMismatch");
    });
  });

  describe("given a release that declared nothing", () => {
    it("reverts with ProgramNotDeclared", async () => {
      const scenario = await networkHelpers.loadFixture(deployExternal);
      const claim = scenario.claimOf(await scenario.publishPlain("undeclared"));
      await expectRefused(scenario, claim, "0x", "ProgramNotDeclared");
    });
  });

  describe("given a release with a circuit", () => {
    it("leaves the proof to the verifier of circuits", async () => {
      const scenario = await networkHelpers.loadFixture(deployExternal);
      const { router, domain, groth16, releaseId } = scenario;
      const claim = scenario.claimOf(releaseId);
      const evidence = [prove(domain, claim)];
      const { flags } = await router.requireReceipt({ ...claim, evidence }, all(zk()));
      expect(flags).to.equal(3n);
      await expect(
        router.assess({ ...claim, output: BAD, evidence }),
      ).to.be.revertedWithCustomError(groth16, "ProofInvalid");
    });

    it("does not meet a policy that demands an external program", async () => {
      const scenario = await networkHelpers.loadFixture(deployExternal);
      const { router, domain, releaseId } = scenario;
      const claim = scenario.claimOf(releaseId);
      const receipt = { ...claim, evidence: [prove(domain, claim)] };
      for (const pin of [ZeroHash, id("pin"), scenario.circuitId]) {
        await expect(
          router.requireReceipt(receipt, all(pinned(pin))),
        ).to.be.revertedWithCustomError(router, "PolicyNotMet");
      }
    });
  });
});

describe("EvidenceRouter.requireReceipt of a proof by an external program", () => {
  it("is refused by every policy that does not name its pin", async () => {
    const { router, receipt, program, stranger } = await declared("sp1");
    const pin = pinOf(program);
    for (const requirement of [
      zk(TRUST.any, ZeroHash),
      zk(TRUST.any, pin),
      zk(TRUST.pinned, ZeroHash),
      zk(TRUST.pinned, pin),
      zk(TRUST.attested, zeroPadValue(stranger.address, 32)),
      zk(TRUST.attested, ZeroHash),
      pinned(ZeroHash),
      pinned(id("another program")),
      pinned(pinOf({ ...program, shape: SHAPES.riscZero })),
      pinned(pinOf({ ...program, verifier: stranger.address })),
      pinned(pinOf({ ...program, program: zeroPadValue("0x99", 32) })),
      zk(4n, pin),
    ]) {
      await expect(router.requireReceipt(receipt, all(requirement))).to.be.revertedWithCustomError(
        router,
        "PolicyNotMet",
      );
    }
  });

  it("is accepted as an alternative, and beside a signature", async () => {
    const { router, receipt, program, domain, operator, claim } = await declared("riscZero");
    const either: Policy = {
      allOf: [{ anyOf: [zk(TRUST.any), pinned(pinOf(program))] }],
      minStake: 0n,
    };
    await router.requireReceipt(receipt, either);
    const evidence = [...receipt.evidence, await sign(operator, domain, claim)];
    await router.requireReceipt({ ...receipt, evidence }, all(pinned(pinOf(program)), signature));
  });

  it("is not met by an assurance that does not say who verified", async () => {
    const { router, releaseId, policy } = await declared("sp1");
    const assurance = (flags: bigint) => ({
      kinds: 1n << ZK,
      flags,
      quorumK: 0n,
      quorumN: 0n,
      minTcb: 0n,
      tolerance: 0n,
      window: 0n,
      stakeAtRisk: 0n,
    });
    await router.requireAssurance(policy, assurance(EXTERNAL_VERIFIER), releaseId);
    for (const wanted of [policy, all(zk(TRUST.any))]) {
      await expect(
        router.requireAssurance(wanted, assurance(0n), releaseId),
      ).to.be.revertedWithCustomError(router, "PolicyNotMet");
    }
  });
});

describe("EvidenceRouter.requireSatisfiable of a release that an external program proves", () => {
  it("says yes to its pin and no to everything else", async () => {
    const { router, releaseId, policy, plain } = await declared("ezkl");
    await router.requireSatisfiable(policy, releaseId);
    for (const wanted of [all(zk()), all(pinned(ZeroHash)), all(pinned(id("another")))]) {
      await expect(router.requireSatisfiable(wanted, releaseId)).to.be.revertedWithCustomError(
        router,
        "PolicyUnsatisfiable",
      );
    }
    await expect(plain.requireSatisfiable(policy, releaseId)).to.be.revertedWithCustomError(
      plain,
      "PolicyUnsatisfiable",
    );
  });

  it("says no where nothing was declared, to the pin zero too", async () => {
    const { router, publishPlain } = await networkHelpers.loadFixture(deployExternal);
    const releaseId = await publishPlain("undeclared");
    await expect(
      router.requireSatisfiable(all(pinned(ZeroHash)), releaseId),
    ).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
  });
});

describe("ExternalProofEvidence on another chain with the same addresses", () => {
  it("refuses the proof", async () => {
    const own = await network.create();
    const other = await network.create({ override: { chainId: 31_338 } });
    const [here, there] = [await externalOn(own), await externalOn(other)];
    const prepare = async ({ external, byShape, publishPlain, publisher }: ExternalScenario) => {
      const releaseId = await publishPlain("same");
      await external.connect(publisher).declare(releaseId, byShape.riscZero);
      return releaseId;
    };
    const releaseId = await prepare(there);
    expect(await prepare(here)).to.equal(releaseId);
    const claim = there.claimOf(releaseId);
    const evidence = [proofOf(there.byShape.riscZero, there.domain, claim)];
    const policy = all(pinned(pinOf(there.byShape.riscZero)));
    await there.router.requireReceipt({ ...claim, evidence }, policy);
    expect(await there.router.getAddress()).to.equal(await here.router.getAddress());
    await expect(
      here.router.requireReceipt({ ...claim, evidence }, policy),
    ).to.be.revertedWithCustomError(here.external, "ExternalProofInvalid");
    await other.close();
    await own.close();
  });
});

describe("ExternalProofEvidence.supportsInterface", () => {
  it("knows ERC-165 and what it is asked for, and not 0xffffffff", async () => {
    const { external } = await networkHelpers.loadFixture(deployExternal);
    const idOf = (...functions: string[]) =>
      toBeHex(
        functions.reduce((sum, it) => sum ^ BigInt(id(it).slice(0, 10)), 0n),
        4,
      );
    const verify =
      "verify((bytes32,bytes32,address,bytes32,bytes32),bytes32,uint256[],uint256[],bytes)";
    for (const known of [
      "0x01ffc9a7",
      idOf("kind()", verify),
      idOf(
        "declare(bytes32,(uint8,address,bytes32))",
        "programOf(bytes32)",
        "pinOf(bytes32)",
        "ezklProgramOf(address,uint256,uint256)",
      ),
    ]) {
      expect(await external.supportsInterface(known)).to.equal(true, known);
    }
    expect(await external.supportsInterface("0xffffffff")).to.equal(false);
  });
});

describe("interfaces of external verifiers", () => {
  it("have the selectors of the deployed ones", async () => {
    const selector = async (name: string, method: string) =>
      (await ethers.getContractAt(name, ethers.ZeroAddress)).interface.getFunction(method)!
        .selector;
    expect(await selector("IRiscZeroVerifier", "verify")).to.equal("0xab750e75");
    expect(await selector("ISP1Verifier", "verifyProof")).to.equal("0x41493c60");
    expect(await selector("IEzklVerifier", "verifyProof")).to.equal("0x1e8e1e13");
  });
});

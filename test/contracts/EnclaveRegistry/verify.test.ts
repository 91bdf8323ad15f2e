import { publicKeyStruct } from "@vouch/attestation";
import {
  simulatedPlatformCa,
  simulatedRevocations,
  simulatedRoot,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { Wallet, ZeroHash, id as hashOf, keccak256, concat } from "ethers";
import type { EnclaveRegistry } from "../../../offchain/protocol/typechain/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import {
  QE_UP_TO_DATE,
  STATUS,
  TEE,
  UP_TO_DATE,
  KIND,
  dateOf,
  enclaveAt,
} from "../../helpers/enclaveScenario.ts";
import { NOTICE, anchored, deploySigned, leafOf, tee } from "../../helpers/signedEnclave.ts";
import { GOOD, all, digestOf, sign, signature } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const SIMULATED_ENCLAVE = 4n;
const DAY = 24n * 3600n;

const deployed = () => networkHelpers.loadFixture(deploySigned);

describe("EnclaveRegistry.verify", () => {
  it("gives the status of the platform, and says that the enclave is simulated", async () => {
    const { require } = await deployed();
    const assurance = (await require(all(tee()))) as {
      kinds: bigint;
      flags: bigint;
      minTcb: bigint;
    };
    expect([assurance.kinds, assurance.flags, assurance.minTcb]).to.deep.equal([
      1n << TEE,
      SIMULATED_ENCLAVE,
      STATUS.upToDate,
    ]);
  });

  it("stands beside a signature in one receipt", async () => {
    const { require, receipt, claimed, domain, operator } = await deployed();
    const both = {
      ...receipt,
      evidence: [...receipt.evidence, await sign(operator, domain, claimed)],
    };
    await require(all(tee(), signature), both);
  });

  describe("a policy", () => {
    for (const [what, requirement] of [
      ["that does not say that simulated ones may", { ...tee(), params: STATUS.upToDate }],
      ["of another measurement", tee(STATUS.upToDate, hashOf("other"))],
      ["without a status", tee(0n)],
      ["of a status above the best", tee(7n)],
      ["with a parameter that nobody knows", { ...tee(), params: tee().params | (1n << 10n) }],
    ] as const) {
      it(`is not met where it is one ${what}`, async () => {
        const { require, router } = await deployed();
        await expect(require(all(requirement))).to.be.revertedWithCustomError(
          router,
          "PolicyNotMet",
        );
      });
    }

    it("is met by the measurement that it names", async () => {
      const { require, measurement } = await deployed();
      await require(all(tee(STATUS.outOfDate, measurement)));
    });

    it("is not met where an advisory applies that it refuses, of the platform, its module or its quoting enclave", async () => {
      const { enclaves, id, require, router, bringTcbInfo, bringQeIdentity, period } =
        await deployed();
      const later = { from: dateOf(BigInt(period.from.getTime() / 1000) + 60n), to: period.to };
      const [level] = UP_TO_DATE;
      if (level === undefined) throw new Error("no level");
      await bringTcbInfo({
        period: later,
        levels: [{ ...level, advisories: ["INTEL-SA-00615"] }],
        modules: [
          {
            version: 1,
            levels: [{ isvSvn: 4, status: "UpToDate", advisories: ["INTEL-SA-01036"] }],
          },
        ],
      });
      await bringQeIdentity([{ isvSvn: 4, status: "UpToDate", advisories: ["INTEL-QE-1"] }], {
        period: later,
      });
      await enclaves.renew(id);
      expect(await enclaves.advisoriesOf(id)).to.equal("0x0267040cffff");
      await require(all(tee(STATUS.upToDate, ZeroHash, 615n)));
      await networkHelpers.time.increase(NOTICE);
      for (const refused of [615n, 1036n << 16n, 0xffffn << 32n, (615n << 32n) | 7n]) {
        await expect(
          require(all(tee(STATUS.upToDate, ZeroHash, refused))),
        ).to.be.revertedWithCustomError(router, "PolicyNotMet");
      }
      await require(all(tee(STATUS.upToDate, ZeroHash, 614n | (1035n << 16n))));
    });
  });

  describe("a signature", () => {
    it("of another key is refused by name, whatever it says that it is", async () => {
      const { enclaves, require, receipt, operator, claimed, domain, enclaveKey } =
        await deployed();
      const forged = await sign(operator, domain, claimed);
      const [own] = receipt.evidence;
      const data = concat([forged.data, `0x${(own?.data ?? "").slice(2 + 130)}`]);
      await expect(require(all(tee()), { ...receipt, evidence: [{ kind: TEE, data }] }))
        .to.be.revertedWithCustomError(enclaves, "EnclaveSignatureMismatch")
        .withArgs(operator.address, enclaveKey.address);
    });

    it("of another statement is refused", async () => {
      const { enclaves, require, receipt } = await deployed();
      await expect(
        require(all(tee()), { ...receipt, request: hashOf("another") }),
      ).to.be.revertedWithCustomError(enclaves, "EnclaveSignatureMismatch");
    });

    it("with a high s is refused", async () => {
      const { enclaves, require, receipt } = await deployed();
      const [own] = receipt.evidence;
      const data = own?.data ?? "";
      const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
      const s = (n - BigInt(`0x${data.slice(66, 130)}`)).toString(16).padStart(64, "0");
      const v = data.slice(130, 132) === "1b" ? "1c" : "1b";
      const malleated = `${data.slice(0, 66)}${s}${v}${data.slice(132)}`;
      await expect(
        require(all(tee()), { ...receipt, evidence: [{ kind: TEE, data: malleated }] }),
      ).to.be.revertedWithCustomError(enclaves, "EnclaveSignatureMalformed");
    });

    it("of a key that another operator registered is refused", async () => {
      const { enclaves, require, claimed, rival, evidence, measurement } = await deployed();
      const others = { ...claimed, operator: rival.address };
      await expect(
        require(all(tee()), { ...others, evidence: [evidence(others, measurement)] }),
      ).to.be.revertedWithCustomError(enclaves, "EnclaveNotRegistered");
    });

    for (const length of [0, 116, 118, 148]) {
      it(`in evidence of ${length} bytes is refused`, async () => {
        const { enclaves, require, receipt } = await deployed();
        const whole = `${receipt.evidence[0]?.data ?? ""}${"00".repeat(32)}`;
        const data = whole.slice(0, 2 + 2 * length);
        await expect(require(all(tee()), { ...receipt, evidence: [{ kind: TEE, data }] }))
          .to.be.revertedWithCustomError(enclaves, "EnclaveEvidenceMalformed")
          .withArgs(length);
      });
    }
  });

  describe("a measurement", () => {
    it("has to be approved by the publisher of the very release", async () => {
      const { enclaves, publisher, stranger, releaseId, measurement, require } = await deployed();
      await expect(enclaves.connect(stranger).approve(releaseId, measurement, 0))
        .to.be.revertedWithCustomError(enclaves, "MeasurementPublisherMismatch")
        .withArgs(publisher.address, stranger.address);
      await enclaves.connect(publisher).withdraw(releaseId, measurement, 1);
      await networkHelpers.time.increase(NOTICE);
      await expect(require(all(tee())))
        .to.be.revertedWithCustomError(enclaves, "MeasurementNotApproved")
        .withArgs(releaseId, measurement);
    });

    it("of a signer serves from the version that its approval says", async () => {
      const { enclaves, publisher, releaseId, attest, enrol, claimed, evidence, require } =
        await deployed();
      const key = Wallet.createRandom();
      const { measurement } = await enrol(
        await attest({ key: key.address, kind: KIND.signer, enclave: { isvSvn: 3 } }),
      );
      const receipt = { ...claimed, evidence: [evidence(claimed, measurement, [], key)] };
      await enclaves.connect(publisher).approve(releaseId, measurement, 3);
      await require(all(tee()), receipt);
      const now = await networkHelpers.time.latest();
      await enclaves.connect(publisher).approve(releaseId, measurement, 4);
      expect(await enclaves.isApproved(releaseId, measurement, 3, now)).to.equal(false);
      await require(all(tee()), receipt);
      await networkHelpers.time.increase(NOTICE);
      await expect(require(all(tee()), receipt)).to.be.revertedWithCustomError(
        enclaves,
        "MeasurementNotApproved",
      );
      await enclaves.connect(publisher).approve(releaseId, measurement, 3);
      await require(all(tee()), receipt);
    });

    it("of a signer is raised once more from the version that counts, and lowered at once", async () => {
      const { enclaves, publisher, releaseId, attest, enrol, claimed, evidence, require } =
        await deployed();
      const key = Wallet.createRandom();
      const { measurement } = await enrol(
        await attest({ key: key.address, kind: KIND.signer, enclave: { isvSvn: 3 } }),
      );
      const receipt = { ...claimed, evidence: [evidence(claimed, measurement, [], key)] };
      const own = enclaves.connect(publisher);
      await own.approve(releaseId, measurement, 3);
      await own.approve(releaseId, measurement, 4);
      await networkHelpers.time.increase(NOTICE / 2);
      await own.approve(releaseId, measurement, 5);
      await networkHelpers.time.increase(NOTICE - 10);
      await require(all(tee()), receipt);
      await own.approve(releaseId, measurement, 2);
      await networkHelpers.time.increase(NOTICE);
      await require(all(tee()), receipt);
      await own.approve(releaseId, measurement, 3);
      await networkHelpers.time.increase(NOTICE);
      await require(all(tee()), receipt);
    });
  });

  describe("a measurement that is taken back", () => {
    it("leaves what was anchored before, refuses the rest, and never comes again", async () => {
      const it = await deployed();
      const { enclaves, publisher, releaseId, measurement, require } = it;
      const early = await anchored(it);
      await networkHelpers.mine();
      const now = await networkHelpers.time.latest();
      const own = enclaves.connect(publisher);
      expect(await enclaves.isServable(releaseId, ZeroHash)).to.equal(true);
      await own.withdraw(releaseId, measurement, now);
      expect(await enclaves.isServable(releaseId, ZeroHash)).to.equal(false);
      expect(await enclaves.isApproved(releaseId, measurement, 0, now)).to.equal(false);
      await networkHelpers.time.increase(NOTICE);
      await require(all(tee()), early);
      await expect(require(all(tee()))).to.be.revertedWithCustomError(
        enclaves,
        "MeasurementNotApproved",
      );
      await expect(own.approve(releaseId, measurement, 0))
        .to.be.revertedWithCustomError(enclaves, "MeasurementAlreadyWithdrawn")
        .withArgs(releaseId, measurement);
      await own.withdraw(releaseId, measurement, now + 1);
      await require(all(tee()), early);
      await own.withdraw(releaseId, measurement, 1);
      await expect(require(all(tee()), early)).to.be.revertedWithCustomError(
        enclaves,
        "MeasurementNotApproved",
      );
    });

    for (const [how, act] of [
      ["withdraws the measurement", (own, release, what) => own.withdraw(release, what, 1)],
      ["raises its version", (own, release, what) => own.approve(release, what, 0xffff)],
    ] as readonly [string, (own: EnclaveRegistry, release: string, what: string) => unknown][]) {
      it(`cannot take the bond of who locked: the answer counts for an hour when its publisher ${how}`, async () => {
        const it = await deployed();
        const { enclaves, publisher, releaseId, measurement, vault, operator } = it;
        const now = await networkHelpers.time.latest();
        const times = { lockDeadline: BigInt(now + 600), deadline: BigInt(now + 3 * NOTICE) };
        const asked = { policy: all(tee()), ...times };
        const [wanted, late] = [await it.params(asked), await it.params(asked)];
        const [request, lateRequest] = [await it.lock(wanted), await it.lock(late)];
        const own = await vault.freeOwnStakeOf(operator);
        await act(enclaves.connect(publisher), releaseId, measurement);
        await networkHelpers.time.increase(NOTICE - 60);
        const fulfil = (id: string, terms: typeof wanted): Promise<unknown> =>
          it.requests
            .connect(operator)
            .fulfil(id, terms, GOOD, [it.evidence(it.claim(id, terms), measurement)]);
        await fulfil(request, wanted);
        expect(await vault.freeOwnStakeOf(operator)).to.be.at.least(own);
        await networkHelpers.time.increase(60);
        await expect(fulfil(lateRequest, late)).to.be.revertedWithCustomError(
          enclaves,
          "MeasurementNotApproved",
        );
      });
    }

    it("is over when its notice is: a second withdrawal postpones nothing", async () => {
      const { enclaves, publisher, releaseId, measurement, require } = await deployed();
      const own = enclaves.connect(publisher);
      await own.withdraw(releaseId, measurement, 1);
      await networkHelpers.time.increase(NOTICE - 10);
      await require(all(tee()));
      await own.withdraw(releaseId, measurement, 1);
      await networkHelpers.time.increase(10);
      await expect(require(all(tee()))).to.be.revertedWithCustomError(
        enclaves,
        "MeasurementNotApproved",
      );
    });

    it("reverts with TimeInFuture for a time to come, and with MeasurementNotApproved for what never was", async () => {
      const { enclaves, publisher, releaseId, measurement } = await deployed();
      const own = enclaves.connect(publisher);
      await expect(
        own.withdraw(releaseId, measurement, 2n ** 40n - 1n),
      ).to.be.revertedWithCustomError(enclaves, "TimeInFuture");
      await expect(own.withdraw(releaseId, hashOf("none"), 1)).to.be.revertedWithCustomError(
        enclaves,
        "MeasurementNotApproved",
      );
    });
  });

  describe("in time", () => {
    it("keeps counting when its key is retired", async () => {
      const { enclaves, operator, enclaveKey, require, id } = await deployed();
      await expect(enclaves.connect(operator).retire(enclaveKey))
        .to.emit(enclaves, "EnclaveRetired")
        .withArgs(id);
      await require(all(tee()));
    });

    it("lapses with the collateral, and counts again when the key is renewed", async () => {
      const { enclaves, id, period, require, bringTcbInfo, bringQeIdentity, authorities } =
        await deployed();
      const end = BigInt(period.to.getTime() / 1000);
      await networkHelpers.time.increaseTo(end + 1n);
      await expect(require(all(tee())))
        .to.be.revertedWithCustomError(enclaves, "EnclaveLapsed")
        .withArgs(id, end);
      const next = { from: dateOf(end - DAY), to: dateOf(end + 29n * DAY) };
      await bringLists(authorities, next);
      await bringTcbInfo({ period: next });
      await bringQeIdentity(QE_UP_TO_DATE, { period: next });
      await enclaves.renew(id);
      await require(all(tee()));
    });

    it("counts after the collateral where it is anchored before, and not where it is anchored later", async () => {
      const it = await deployed();
      const early = await anchored(it);
      await networkHelpers.time.increaseTo(BigInt(it.period.to.getTime() / 1000) + 1n);
      await it.require(all(tee()), early);
      const other = { ...it.claimed, request: hashOf("another") };
      const [own] = [it.evidence(other, it.measurement)];
      await it.enclaves.anchor(leafOf(digestOf(it.domain, other), own.data));
      await expect(
        it.require(all(tee()), { ...other, evidence: [own] }),
      ).to.be.revertedWithCustomError(it.enclaves, "EnclaveLapsed");
    });

    it("stops at a compromise, but for what was anchored before", async () => {
      const it = await deployed();
      const { enclaves, operator, enclaveKey, require, id } = it;
      const early = await anchored(it);
      await networkHelpers.mine();
      const since = await networkHelpers.time.latest();
      await enclaves.connect(operator).disown(enclaveKey, since);
      await expect(require(all(tee())))
        .to.be.revertedWithCustomError(enclaves, "EnclaveKeyCompromised")
        .withArgs(id, since);
      await require(all(tee()), early);
      await enclaves.connect(operator).disown(enclaveKey, 0);
      await expect(require(all(tee()), early)).to.be.revertedWithCustomError(
        enclaves,
        "EnclaveKeyCompromised",
      );
      await enclaves.connect(operator).disown(enclaveKey, since);
      const { compromisedSince, validFrom } = await enclaveAt(enclaves, id);
      expect(compromisedSince).to.equal(validFrom);
    });

    it("is anchored by its signature, so that no leaked key fits one to an old root", async () => {
      const it = await deployed();
      const early = await anchored(it);
      await networkHelpers.mine();
      const now = await networkHelpers.time.latest();
      await it.enclaves.connect(it.operator).disown(it.enclaveKey, now);
      const digest = digestOf(it.domain, it.claimed);
      await it.enclaves.anchor(keccak256(keccak256(digest)));
      await networkHelpers.mine();
      await it.require(all(tee()), early);
      await expect(it.require(all(tee()))).to.be.revertedWithCustomError(
        it.enclaves,
        "EnclaveKeyCompromised",
      );
    });
  });

  it("settles a request by itself, with its assurance stored", async () => {
    const { requests, operator, params, lock, claim, evidence, measurement } = await deployed();
    const wanted = await params({ policy: all(tee()) });
    const request = await lock(wanted);
    const claimed = claim(request, wanted);
    await requests
      .connect(operator)
      .fulfil(request, wanted, GOOD, [evidence(claimed, measurement)]);
    const assurance = await requests.assuranceOf(request);
    expect([assurance.kinds, assurance.flags, assurance.minTcb]).to.deep.equal([
      1n << TEE,
      SIMULATED_ENCLAVE,
      STATUS.upToDate,
    ]);
  });
});

type Period = { readonly from: Date; readonly to: Date };

async function bringLists(
  authorities: EnclaveScenario["authorities"],
  period: Period,
): Promise<void> {
  await authorities.refreshRevocations(
    simulatedRevocations("root", period),
    publicKeyStruct(simulatedRoot().certificate),
  );
  await authorities.refreshRevocations(
    simulatedRevocations("platformCa", period),
    publicKeyStruct(simulatedPlatformCa().certificate),
  );
}

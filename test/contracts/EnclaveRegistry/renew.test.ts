import { publicKeyStruct } from "@vouch/attestation";
import { simulatedPlatformCa, simulatedRevocations } from "@vouch/attestation/simulated";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import { STATUS, UP_TO_DATE, dateOf, enclaveAt } from "../../helpers/enclaveScenario.ts";
import { NOTICE, deploySigned, tee } from "../../helpers/signedEnclave.ts";
import { GOOD, all } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

const deployed = () => networkHelpers.loadFixture(deploySigned);

describe("EnclaveRegistry.renew", () => {
  it("lowers the status after a TCB recovery, whoever asks", async () => {
    const { enclaves, id, stranger, require, router, bringTcbInfo, period } = await deployed();
    const later = { from: dateOf(BigInt(period.from.getTime() / 1000) + 60n), to: period.to };
    const [level] = UP_TO_DATE;
    if (level === undefined) throw new Error("no level");
    await bringTcbInfo({
      evaluation: 18,
      period: later,
      levels: [
        { ...level, sgx: level.sgx.map((it) => it + 1) },
        { ...level, status: "OutOfDate" },
      ],
    });
    await require(all(tee()));
    await enclaves.connect(stranger).renew(id);
    expect((await enclaveAt(enclaves, id)).status).to.equal(STATUS.outOfDate);
    await networkHelpers.time.increase(NOTICE);
    await expect(require(all(tee()))).to.be.revertedWithCustomError(router, "PolicyNotMet");
    await require(all(tee(STATUS.outOfDate)));
  });

  it("cannot take the bond of who locked: the former status and advisories count for an hour, renewed again or not", async () => {
    const it = await deployed();
    const { enclaves, id, require, router, operator, vault, measurement } = it;
    const now = await networkHelpers.time.latest();
    const times = { lockDeadline: BigInt(now + 600), deadline: BigInt(now + 3 * NOTICE) };
    const wanted = await it.params({
      policy: all(tee(STATUS.upToDate, ZeroHash, 615n)),
      ...times,
    });
    const request = await it.lock(wanted);
    const own = await vault.freeOwnStakeOf(operator);
    const [level] = UP_TO_DATE;
    if (level === undefined) throw new Error("no level");
    const bring = (seconds: bigint, status: string): Promise<unknown> =>
      it.bringTcbInfo({
        period: {
          from: dateOf(BigInt(it.period.from.getTime() / 1000) + seconds),
          to: it.period.to,
        },
        levels: [{ ...level, status, advisories: ["INTEL-SA-00615"] }],
      });
    await bring(60n, "SWHardeningNeeded");
    await enclaves.renew(id);
    await networkHelpers.time.increase(NOTICE / 2);
    await bring(120n, "OutOfDate");
    await enclaves.renew(id);
    await networkHelpers.time.increase(NOTICE / 2 - 60);
    const evidence = [it.evidence(it.claim(request, wanted), measurement)];
    await it.requests.connect(operator).fulfil(request, wanted, GOOD, evidence);
    expect(await vault.freeOwnStakeOf(operator)).to.be.at.least(own);
    await networkHelpers.time.increase(60);
    for (const policy of [all(tee()), all(tee(STATUS.outOfDate, ZeroHash, 615n))]) {
      await expect(require(policy)).to.be.revertedWithCustomError(router, "PolicyNotMet");
    }
    await require(all(tee(STATUS.outOfDate)));
  });

  it("counts at once what is better, also within the notice of what is worse", async () => {
    const it = await deployed();
    const { enclaves, id, require, router, attest } = it;
    const [level] = UP_TO_DATE;
    if (level === undefined) throw new Error("no level");
    const bring = async (seconds: bigint, status: string): Promise<void> => {
      const from = dateOf(BigInt(it.period.from.getTime() / 1000) + seconds);
      await it.bringTcbInfo({
        period: { from, to: it.period.to },
        levels: [{ ...level, status }],
      });
      await enclaves.renew(id);
    };
    await bring(60n, "OutOfDate");
    await networkHelpers.time.increase(NOTICE);
    await expect(require(all(tee()))).to.be.revertedWithCustomError(router, "PolicyNotMet");
    await bring(120n, "SWHardeningNeeded");
    await require(all(tee(STATUS.swHardeningNeeded)));
    await bring(180n, "ConfigurationNeeded");
    await require(all(tee(STATUS.swHardeningNeeded)));
    await bring(240n, "UpToDate");
    await require(all(tee()));
    await bring(300n, "OutOfDate");
    // Its operator says so itself, by a newer quote: what was worse counts at once.
    await it.register(await attest());
    await expect(require(all(tee()))).to.be.revertedWithCustomError(router, "PolicyNotMet");
  });

  it("compromises a key whose platform's certificate is revoked, since it was judged last", async () => {
    const { enclaves, id, require, authorities, period } = await deployed();
    await enclaves.renew(id);
    const checkedAt = await networkHelpers.time.latest();
    await networkHelpers.time.increase(3600);
    const date = dateOf(BigInt(await networkHelpers.time.latest()));
    await bringRevoked(authorities, period, date);
    await expect(enclaves.renew(id))
      .to.emit(enclaves, "EnclaveCompromised")
      .withArgs(id, checkedAt);
    await expect(require(all(tee()))).to.be.revertedWithCustomError(
      enclaves,
      "EnclaveKeyCompromised",
    );
  });

  it("compromises it since the vendor's date where that is earlier, and never before it was registered", async () => {
    const { enclaves, id, authorities, period } = await deployed();
    const { validFrom } = await enclaveAt(enclaves, id);
    await networkHelpers.time.increase(7200);
    await enclaves.renew(id);
    const date = dateOf(validFrom + 3600n);
    await bringRevoked(authorities, period, date);
    await enclaves.renew(id);
    expect((await enclaveAt(enclaves, id)).compromisedSince).to.equal(validFrom + 3600n);
    await authorities.refreshRevocations(
      simulatedRevocations(
        "platformCa",
        { from: new Date(period.from.getTime() + 120_000), to: period.to },
        3,
        [{ serial: 77n, date: new Date(0) }],
      ),
      publicKeyStruct(simulatedPlatformCa().certificate),
    );
    await enclaves.renew(id);
    expect((await enclaveAt(enclaves, id)).compromisedSince).to.equal(validFrom);
  });

  it("compromises a key whose versions are revoked, since it was judged last", async () => {
    const { enclaves, id, require, bringTcbInfo, period } = await deployed();
    const { validFrom } = await enclaveAt(enclaves, id);
    const later = { from: dateOf(BigInt(period.from.getTime() / 1000) + 60n), to: period.to };
    const [level] = UP_TO_DATE;
    if (level === undefined) throw new Error("no level");
    await bringTcbInfo({ period: later, levels: [{ ...level, status: "Revoked" }] });
    await expect(enclaves.renew(id))
      .to.emit(enclaves, "EnclaveCompromised")
      .withArgs(id, validFrom);
    await expect(require(all(tee()))).to.be.revertedWithCustomError(
      enclaves,
      "EnclaveKeyCompromised",
    );
  });

  it("reverts with EnclaveNotRegistered for what is none", async () => {
    const { enclaves } = await deployed();
    await expect(enclaves.renew(ZeroHash)).to.be.revertedWithCustomError(
      enclaves,
      "EnclaveNotRegistered",
    );
  });
});

type Period = { readonly from: Date; readonly to: Date };

/** Revokes the certificate of the scenario's platform. */
async function bringRevoked(
  authorities: EnclaveScenario["authorities"],
  period: Period,
  date: Date,
): Promise<void> {
  const later = { from: new Date(period.from.getTime() + 60_000), to: period.to };
  await authorities.refreshRevocations(
    simulatedRevocations("platformCa", later, 2, [{ serial: 77n, date }]),
    publicKeyStruct(simulatedPlatformCa().certificate),
  );
}

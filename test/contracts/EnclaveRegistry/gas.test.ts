import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publicKeyStruct } from "@vouch/attestation";
import { simulatedPlatform, simulatedPlatformCa } from "@vouch/attestation/simulated";
import { expect } from "chai";
import { ZeroHash, getBytes, id as hashOf } from "ethers";
import { network } from "hardhat";
import {
  FMSPC,
  NO_KEY,
  STATUS,
  SVNS,
  TEE,
  dateOf,
  enclavesOn,
  fulfilBy,
} from "../../helpers/enclaveScenario.ts";
import { BOND, type NitroScenario, nitroOn } from "../../helpers/nitroScenario.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import type { Policy, Scenario } from "../../helpers/vouchScenario.ts";
import { all, digestOf, hashOfWords, signature } from "../../helpers/vouchScenario.ts";

const SNAPSHOT = join(import.meta.dirname, "../../snapshots/enclaveGas.json");
/** Times are signed, and a signature has zero bytes by chance. */
const TOLERANCE = 0.002;
/** As close as `PolicyQuotes` is to a signature and a proof. */
const QUOTED_WITHIN = 0.02;
const tee = { kind: TEE, params: STATUS.upToDate | (1n << 8n), pin: ZeroHash };

async function gasOf(
  sent: Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>,
): Promise<number> {
  return Number((await (await sent).wait())?.gasUsed);
}

/** Of `verify` alone: less 21,000 and its calldata. */
async function verification(
  it: EnclaveScenario | NitroScenario,
  measurement: string,
  policy = all(tee),
): Promise<number> {
  const wanted = await it.params({ policy });
  const claim = it.claim(hashOf("request"), wanted);
  const statement = {
    release: claim.release,
    request: claim.request,
    operator: claim.operator,
    inputHash: hashOfWords(claim.input),
    outputHash: hashOfWords(claim.output),
  };
  const arguments_ = [
    statement,
    digestOf(it.domain, claim),
    claim.input,
    claim.output,
    it.evidence(claim, measurement).data,
  ] as const;
  const gas = await it.enclaves.verify.estimateGas(...arguments_);
  const { data } = await it.enclaves.verify.populateTransaction(...arguments_);
  const calldata = getBytes(data);
  return Number(gas) - 21_000 - calldata.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
}

/** Demands that `PolicyQuotes` prices an answer under a policy as it was measured. */
async function expectQuoted(
  { quotes, releaseId }: Scenario,
  policy: Policy,
  answered: number,
): Promise<void> {
  const { gas: quoted } = await quotes.cheapest(releaseId, policy, 1, 1);
  expect(Number(quoted), "quoted").to.be.closeTo(answered, Math.round(QUOTED_WITHIN * answered));
}

/** Of what registrars vouch for: an enclave of Nitro. */
async function vouching(): Promise<Record<string, number>> {
  const chain = await network.create();
  const it = await nitroOn(chain);
  const registration = await it.vouched(await it.apply());
  const registered = await gasOf(it.register(registration));
  const { id, measurement, ...enrolled } = await it.enrol();
  await it.enclaves.connect(it.publisher).approve(it.releaseId, measurement, 0);
  const vouched = { ...tee, params: STATUS.outOfDateConfigurationNeeded | (3n << 8n) };
  const verified = await verification(it, measurement, all(vouched));
  const { registrars, requester } = it;
  const { attestation } = enrolled;
  // The first answer credits parties for the first time.
  await fulfilBy(it, measurement, all(vouched), [TEE]);
  const answered = Number((await fulfilBy(it, measurement, all(vouched), [TEE])).gasUsed);
  await expectQuoted(it, all(vouched), answered);
  const disputed = await gasOf(
    registrars.connect(requester).dispute(id, attestation, { value: BOND }),
  );
  const signatures = await it.upholding({ id, measurement, ...enrolled });
  const measured = {
    "registerVouched, two of three registrars": registered,
    "verify of a vouched key, but for its transaction": verified,
    "fulfil: tee of a vouched key": answered,
    "dispute of it": disputed,
    "uphold it, two of three registrars": await gasOf(registrars.uphold(id, signatures)),
  };
  await chain.close();
  return measured;
}

describe("EnclaveRegistry, gas", () => {
  it("is that of test/snapshots/enclaveGas.json; UPDATE_SNAPSHOTS=1 writes it", async () => {
    // A chain of its own: addresses are calldata too, and depend on what was deployed before.
    const chain = await network.create();
    const it = await enclavesOn(chain);
    const { enclaves, operator, publisher, releaseId, attest } = it;
    const own = enclaves.connect(operator);
    const warm = await attest();
    const registered = await gasOf(own.register(warm.quote, warm.binding, "0x", NO_KEY));
    const [event] = await enclaves.queryFilter(enclaves.filters.EnclaveRegistered());
    const { id, measurement } = event?.args ?? { id: ZeroHash, measurement: ZeroHash };
    await enclaves.connect(publisher).approve(releaseId, measurement, 0);
    const platform = simulatedPlatform("cold", 80n, { components: SVNS, pceSvn: 11, fmspc: FMSPC });
    const key = `0x${hashOf("key").slice(-40)}`;
    const cold = await attest({ platform, key });
    const issuer = publicKeyStruct(simulatedPlatformCa().certificate);
    const later = { from: dateOf(BigInt(it.period.from.getTime() / 1000) + 60n), to: it.period.to };

    /** Gas of a fulfilment under a policy, with evidence of the kinds that it names. */
    const fulfil = async (policy: Policy, kinds: readonly bigint[]): Promise<number> =>
      Number((await fulfilBy(it, measurement, policy, kinds)).gasUsed);
    // The first answer credits parties for the first time; both policies have two requirements.
    const either = {
      allOf: [{ anyOf: [signature, tee] }],
      minStake: 0n,
    };
    await fulfil(either, [0n]);
    await fulfil(either, [TEE]);
    await fulfil(either, [0n, TEE]);
    const signed = await fulfil(either, [0n]);
    const beside = await fulfil(either, [0n, TEE]);
    const measured: Record<string, number> = {
      "register, platform and collateral known": registered,
      "register, platform brought along": await gasOf(
        own.register(cold.quote, cold.binding, platform.certificate, issuer),
      ),
      renew: await gasOf(enclaves.renew(id)),
      "refresh TCB info of one level": await gasOf(
        it.bringTcbInfo({ period: later }) as ReturnType<typeof own.retire>,
      ),
      "refresh QE identity of one level": await gasOf(
        it.bringQeIdentity([{ isvSvn: 4, status: "UpToDate" }], {
          period: later,
        }) as ReturnType<typeof own.retire>,
      ),
      anchor: await gasOf(enclaves.anchor(ZeroHash)),
      "verify, but for its transaction": await verification(it, measurement),
      "fulfil: tee": await fulfil(all(tee), [TEE]),
      "fulfil: signature, where either would do": signed,
      "fulfil: tee beside it": beside,
      ...(await vouching()),
    };
    if (process.env["UPDATE_SNAPSHOTS"] === "1") {
      writeFileSync(SNAPSHOT, `${JSON.stringify(measured, null, 2)}\n`);
    }
    const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
    expect(Object.keys(measured)).to.deep.equal(Object.keys(snapshot));
    for (const [what, gas] of Object.entries(measured)) {
      expect(gas, what).to.be.closeTo(snapshot[what] ?? 0, Math.ceil(TOLERANCE * gas));
    }
    await expectQuoted(it, all(tee), measured["fulfil: tee"] ?? 0);
    await chain.close();
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  beginCommittedCeremony,
  ceremonyPaths,
  contributeToFolder,
  endCeremony,
} from "@vouch/ceremony";
import type { Hex, WeightedCircuit } from "@vouch/protocol";
import { everyCircuitOf, releaseCircuitId, singleCircuitId } from "@vouch/protocol";
import { developmentPowers, domainPower, hashFile, terminate } from "@vouch/prover";
import type { CommittedCircuitFiles, PtauPin } from "@vouch/prover";
import type {
  CircuitMaterial,
  PreparedRelease,
  PrepareOptions,
  ReleaseBundle,
  WeightsFiles,
} from "@vouch/publisher";
import {
  batchModels,
  buildCommittedCircuits,
  compilePlan,
  cutModel,
  prepareRelease,
  provingKeyPath,
  storedWeightsFiles,
  storeProvingKeys,
  verifyCircuit,
} from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { COMMITTED_PLAN } from "../../helpers/committedPlan.ts";

const IS_DEEP = process.env["VOUCH_DEEP"] === "1";

describe("verifyCircuit, given a release that commit-and-prove proves", function () {
  this.timeout(120_000);
  let cache = "";
  let bundle: ReleaseBundle;
  let prepared: PreparedRelease;
  const folders: string[] = [];

  before(async () => {
    cache = mkdtempSync(join(tmpdir(), "vouch-verify-"));
    folders.push(cache);
    prepared = await prepareRelease(COMMITTED_PLAN, { cache });
    ({ bundle } = prepared);
  });
  after(async () => {
    await terminate();
    for (const it of folders) rmSync(it, { recursive: true });
  });

  const r1csOf = async (circuit: WeightedCircuit): Promise<string | undefined> => {
    const { release, manifest, file, salt } = bundle;
    const registered = { id: releaseCircuitId(circuit), circuit, release };
    const material = { file, manifest, ...(salt === undefined ? {} : { salt }) };
    const findings = await verifyCircuit(registered, material, { cache });
    return findings.find(({ name }) => name === "r1cs")?.status;
  };

  it("holds of both circuits, and of no other that registers weights", async () => {
    const circuit = bundle.circuit as WeightedCircuit;
    expect(await r1csOf(circuit)).to.equal("holds");
    const weightsCircuit = { ...circuit.weightsCircuit!, r1cs: id("whatever") as Hex }; // it has one
    expect(await r1csOf({ ...circuit, weightsCircuit })).to.equal("fails");
  });

  it("finds the key to be of the set-up, by a transcript that is of both keys and the link", async () => {
    const circuit = bundle.circuit as WeightedCircuit;
    const { zkey } = prepared.circuits[0]!.setup; // it is not cut
    expect(await keyOf(circuit, { zkeys: [zkey] })).to.equal("holds");
    const transcript = id("another") as Hex;
    expect(await keyOf({ ...circuit, transcript }, { zkeys: [zkey] })).to.equal("fails");
    const { link, ...rest } = circuit.weightsCircuit!; // its weights are private
    const swapped = { ...rest, link: { inference: link.weights, weights: link.inference } };
    const other = { ...circuit, weightsCircuit: swapped };
    expect(await keyOf(other, { zkeys: [zkey] })).to.equal("fails");
  });

  // Powers of tau for a circuit with its tables take a minute.
  if (IS_DEEP) {
    it("derives keys and link of a ceremony again, and takes nothing in their place", async () => {
      const { folder, zkeys, pins, ptau } = await holdCeremony();
      const setup = { kind: "ceremony", ptau, zkeys } as const;
      const options = { cache: folder, pins };
      const { bundle: released, circuits } = await prepareRelease(
        { ...COMMITTED_PLAN, setup },
        options,
      );
      const circuit = released.circuit as WeightedCircuit;
      expect(circuit.setup).to.equal("unverified");
      const keys = join(folder, "keys");
      await storeProvingKeys(keys, circuits);
      const circuitId = singleCircuitId(circuit);
      const kept = storedWeightsFiles(keys, circuitId);
      const material = { zkeys: [provingKeyPath(keys, circuitId)], ptau };
      const find = (it: WeightedCircuit, weightsFiles: WeightsFiles | undefined): Promise<string> =>
        keyOf(it, { ...material, weightsFiles: [weightsFiles] }, options, released);
      expect(await find(circuit, kept)).to.equal("holds");
      expect(await find(circuit, undefined)).to.equal("unchecked");
      expect(await find(circuit, { ...kept!, link: zkeys[1]! })).to.equal("fails");
      expect(await find({ ...circuit, transcript: id("another") as Hex }, kept)).to.equal("fails");
      const missing = prepareRelease({ ...COMMITTED_PLAN, setup: { kind: "ceremony" } }, options);
      expect(await codeOfPromise(missing)).to.equal("SYSTEM_UNFIT");
      const few = { ...setup, zkeys: zkeys.slice(0, 2) };
      const incomplete = prepareRelease({ ...COMMITTED_PLAN, setup: few }, options);
      expect(await codeOfPromise(incomplete)).to.equal("CEREMONY_KEYS");
    });

    it("derives those of a ceremony for one inference and for two again", async () => {
      const { folder, zkeys, pins, ptau } = await holdCeremony([2]);
      const setup = { kind: "ceremony", ptau, zkeys } as const;
      const options = { cache: folder, pins };
      const plan = { ...COMMITTED_PLAN, setup, batches: [2] };
      const { bundle: family, circuits, batches } = await prepareRelease(plan, options);
      const keys = join(folder, "keys");
      await storeProvingKeys(keys, [...circuits, ...batches]);
      const ids = everyCircuitOf(family.circuit).map(singleCircuitId);
      const { release, manifest, file, salt, circuit } = family;
      const material = {
        ...{ file, manifest, ptau },
        ...(salt === undefined ? {} : { salt }),
        zkeys: ids.map((it) => provingKeyPath(keys, it)),
        weightsFiles: ids.map((it) => storedWeightsFiles(keys, it)),
      };
      const registered = { id: releaseCircuitId(circuit), circuit, release };
      const findings = await verifyCircuit(registered, material, options);
      expect(findings.filter(({ name }) => name === "key")).to.have.length(2);
      expect(findings.filter(({ status }) => status !== "holds")).to.deep.equal([]);
    });
  } else {
    process.stderr.write("a ceremony's release is verified in the long run only (VOUCH_DEEP=1)\n");
  }

  async function keyOf(
    circuit: WeightedCircuit,
    keys: Pick<CircuitMaterial, "zkeys" | "weightsFiles" | "ptau">,
    options: PrepareOptions = { cache },
    { release, manifest, file, salt }: ReleaseBundle = bundle,
  ): Promise<string> {
    const registered = { id: releaseCircuitId(circuit), circuit, release };
    const material = { file, manifest, ...(salt === undefined ? {} : { salt }), ...keys };
    const findings = await verifyCircuit(registered, material, options);
    return findings.find(({ name }) => name === "key")?.status ?? "not looked into";
  }

  /** A ceremony of one contributor, by powers of tau that are pinned for the test; also of so many inferences by one proof. */
  async function holdCeremony(sizes: readonly number[] = []): Promise<{
    readonly folder: string;
    readonly zkeys: readonly string[];
    readonly ptau: string;
    readonly pins: readonly PtauPin[];
  }> {
    const folder = mkdtempSync(join(tmpdir(), "vouch-verify-"));
    folders.push(folder);
    const models = cutModel(compilePlan(COMMITTED_PLAN), COMMITTED_PLAN);
    const several = batchModels(models, sizes, "committedGroth16").map(({ model }) => model);
    const circuits: CommittedCircuitFiles[] = [];
    for (const model of [...models, ...several]) {
      const { inference, weights } = await buildCommittedCircuits(model, { cache: folder });
      circuits.push(inference, weights!); // its weights are private
    }
    const power = Math.max(...circuits.map(({ artefacts }) => domainPower(artefacts)));
    const path = join(folder, "powers.ptau");
    await developmentPowers(power, path);
    const blake2b = await hashFile(path, "blake2b512");
    const home = join(folder, "ceremony");
    const links = [0, ...sizes].map((_, i) => ({ inference: 2 * i, weights: 2 * i + 1 }));
    const powers = { path, power, blake2b, origin: "development" } as const;
    await beginCommittedCeremony(home, "tiny", { circuits, links }, powers);
    await contributeToFolder(home, { name: "Ada" });
    const beacon = { hash: "2a", iterationsExponent: 10 };
    await endCeremony(home, { source: "drand 1", beacon });
    const zkeys = links.flatMap(({ inference, weights }, i) =>
      [inference, weights, circuits.length + i].map((it) => ceremonyPaths(home).key(2, it)),
    );
    const pins = [{ power, file: "powers.ptau", url: "http://127.0.0.1:9", hash: blake2b }];
    return { folder, zkeys, ptau: path, pins };
  }
});

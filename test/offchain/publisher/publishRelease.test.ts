import type { ProvableModel } from "@vouch/compiler";
import type { Circuit, Contracts, Hex, WeightsRegistration } from "@vouch/protocol";
import {
  circuitId,
  committedCircuitId,
  joinCircuits,
  joinTensor,
  releaseCircuitId,
  segmentsId,
} from "@vouch/protocol";
import type { ReleaseBundle } from "@vouch/publisher";
import { publishRelease, requireWeightsPoint } from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import {
  committedSecrets,
  registrationOf,
  weightsSecretOf,
} from "../../helpers/committedSecrets.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const JOIN = joinTensor(3);
const { release, statement, circuit } = trapdoorReceipt();
const whole = circuit as Circuit;
const SEGMENTS: readonly Circuit[] = [
  { ...whole, output: JOIN },
  { ...whole, input: JOIN, r1cs: id("last") as Hex },
];
const LIST = joinCircuits(SEGMENTS);
const BUNDLE = {
  id: statement.release,
  release: { ...release, circuit: releaseCircuitId(LIST) },
  circuit: LIST,
} as ReleaseBundle;
const IDS: readonly string[] = [...SEGMENTS.map(circuitId), segmentsId(SEGMENTS.map(circuitId))];

/** Registries in which `rival` is there first with what it names, each time just before the publisher's own transaction. */
function registries(rival: readonly string[], refusal = "CircuitAlreadyRegistered") {
  const [known, sent] = [new Set<string>(), [] as string[]];
  const take = (it: string): Promise<unknown> => {
    if (rival.includes(it)) known.add(it);
    if (known.has(it) || refusal === "refused") return Promise.reject(new Error(refusal));
    known.add(it);
    sent.push(it);
    return Promise.resolve({ wait: () => Promise.resolve({ gasUsed: 7n }) });
  };
  const has = (it: string): Promise<boolean> => Promise.resolve(known.has(it));
  const contracts = {
    circuits: {
      isRegistered: has,
      register: ({ r1cs }: Circuit) =>
        take(circuitId(SEGMENTS.find((segment) => segment.r1cs === r1cs)!)),
      registerSegments: () => take(BUNDLE.release.circuit),
    },
    models: { isPublished: has, publish: () => take(BUNDLE.id) },
  } as unknown as Contracts;
  return { contracts, sent };
}

describe("publishRelease", () => {
  it("registers each segment, their list and the release, and nothing twice", async () => {
    const { contracts, sent } = registries([]);
    const first = await publishRelease(contracts, BUNDLE);
    expect(first).to.deep.equal({ circuitGas: 21n, releaseGas: 7n });
    expect(sent).to.deep.equal([...IDS, BUNDLE.id]);
    const again = await publishRelease(contracts, BUNDLE);
    expect(again).to.deep.equal({ circuitGas: 0n, releaseGas: 0n });
  });

  for (const [index, rival] of IDS.entries()) {
    const what = index === 2 ? "their list" : `segment ${index}`;
    it(`goes on where somebody else registers ${what} first`, async () => {
      const { contracts, sent } = registries([rival]);
      const { circuitGas } = await publishRelease(contracts, BUNDLE);
      expect(circuitGas).to.equal(14n);
      expect(sent.at(-1)).to.equal(BUNDLE.id);
    });
  }

  it("passes on a refusal of what the chain does not have", async () => {
    const { contracts } = registries([], "refused");
    const refusal = await publishRelease(contracts, BUNDLE).catch((error: unknown) => error);
    expect(refusal).to.be.an("error").with.property("message", "refused");
  });
});

describe("publishRelease, given private weights and commit-and-prove", () => {
  const SECRETS = committedSecrets("published");
  const ID = committedCircuitId(SECRETS.circuit);
  const of = (name: string): WeightsRegistration =>
    registrationOf(SECRETS, ID, release.weights, weightsSecretOf(name));

  /** What a chain that has `point` takes of a bundle, and what publishing ends with. */
  async function published(registration: WeightsRegistration | null, point: readonly bigint[]) {
    const sent: string[] = [];
    const take = (it: string) => () => {
      sent.push(it);
      if (it === "weights") point = registration?.weights ?? point;
      return Promise.resolve({ wait: () => Promise.resolve({ gasUsed: 7n }) });
    };
    const circuits = {
      isRegistered: (it: string) => Promise.resolve(it === ID && sent.includes("circuit")),
      weightsPointOf: () => Promise.resolve(point),
      registerCommitted: take("circuit"),
      registerWeights: take("weights"),
    };
    const models = { isPublished: () => Promise.resolve(false), publish: take("release") };
    const bundle = { ...BUNDLE, release: { ...release, circuit: ID }, circuit: { ...SECRETS.circuit, registration } }; // prettier-ignore
    const contracts = { circuits, models } as unknown as Contracts;
    const code = await codeOfPromise(publishRelease(contracts, bundle));
    return { sent, code };
  }

  it("registers them before the release", async () => {
    const { sent, code } = await published(of("own"), [0n, 0n]);
    expect([sent, code]).to.deep.equal([["circuit", "weights", "release"], undefined]);
  });

  it("publishes nothing that nobody can prove", async () => {
    const rival = await published(of("own"), of("rival").weights);
    expect(rival).to.deep.equal({ sent: ["circuit"], code: "WEIGHTS_MISMATCH" });
    const bare = await published(null, [0n, 0n]);
    expect(bare).to.deep.equal({ sent: [], code: "REGISTRATION_MISSING" });
  });
});

describe("requireWeightsPoint", () => {
  it("refuses private weights that come without a registration", async () => {
    const circuit = { ...committedSecrets("point").circuit, registration: null };
    const refusal = requireWeightsPoint("no.zkey", circuit, {} as ProvableModel, undefined);
    expect(await codeOfPromise(refusal)).to.equal("REGISTRATION_MISSING");
  });
});

import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { ZeroHash, concat, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { Family } from "../../helpers/familyScenario.ts";
import {
  bare,
  batchDigestOf,
  batchEvidence,
  batchSignals,
  claimsOf,
  digestsOf,
  proveBatch,
  publishFamily,
} from "../../helpers/familyScenario.ts";
import { BASE_FIELD, SCALAR_FIELD } from "../../helpers/trapdoorKey.ts";
import {
  BAD,
  CIRCUIT,
  ETHER,
  GOOD,
  TRUST,
  ZK,
  all,
  deployScenario,
  digestOf,
  prove,
  release,
  signalsOf,
  zk,
  zkEvidence,
} from "../../helpers/vouchScenario.ts";
import type { Claim, Domain, Receipt, Scenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { Fr } = bn254.fields;

type World = Scenario & { readonly own: Family; readonly twin: Family };

async function deployWorld(): Promise<World> {
  const scenario = await deployScenario();
  const own = await publishFamily(scenario, "own");
  return { ...scenario, own, twin: await publishFamily(scenario, "twin") };
}

async function proven(count = 2) {
  const world = await networkHelpers.loadFixture(deployWorld);
  const { own, domain, groth16, router } = world;
  const claims = claimsOf(world, own, count);
  const digests = digestsOf(domain, claims);
  const record = (data: string, of: readonly Claim[] = claims, by: string = domain.router) =>
    groth16.recordBatch(by, bare(of), data);
  const refused = (data: string, of?: readonly Claim[], by?: string) =>
    expect(record(data, of, by)).to.be.revertedWithCustomError(groth16, "BatchProofInvalid");
  const assess = (place: number, list: readonly string[] = digests, claim = claims[place]!) =>
    router.assess({ ...claim, evidence: [batchEvidence(place, list)] });
  const data = proveBatch(domain, claims, own);
  return { ...world, claims, digests, data, record, refused, assess };
}

/** Puts a claim in the place of another. */
const altered = (claims: readonly Claim[], at: number, change: Partial<Claim>): Claim[] =>
  claims.map((it, i) => (i === at ? { ...it, ...change } : it));

describe("Groth16Evidence.recordBatch", () => {
  for (const count of [2, 4]) {
    it(`lets each of ${String(count)} statements be proven by one proof, which anyone records`, async () => {
      const world = await proven(count);
      const { groth16, own, domain, claims, digests, data, stranger, assess, router } = world;
      await expect(groth16.connect(stranger).recordBatch(domain.router, bare(claims), data))
        .to.emit(groth16, "BatchRecorded")
        .withArgs(batchDigestOf(digests), own.releaseId, count);
      for (const [place, claim] of claims.entries()) {
        const { kinds, flags } = await assess(place);
        expect([kinds, flags]).to.deep.equal([16n, 3n]);
        const receipt = { ...claim, evidence: [batchEvidence(place, digests)] };
        await router.requireReceipt(receipt, all(zk(TRUST.any, own.familyId)));
      }
    });
  }

  it("leaves a proof of one inference what it is", async () => {
    const { router, domain, claims, own } = await proven();
    const evidence = [prove(domain, claims[0]!, own.keys.get(1))];
    const { kinds, flags } = await router.assess({ ...claims[0]!, evidence });
    expect([kinds, flags]).to.deep.equal([16n, 3n]);
  });

  it("takes circuits that hold their weights", async () => {
    const world = await proven();
    const { domain, router, groth16 } = world;
    const held = await publishFamily(world, "held", { weights: 1n });
    const claims = claimsOf(world, held, 2);
    await groth16.recordBatch(domain.router, bare(claims), proveBatch(domain, claims, held));
    const evidence = [batchEvidence(1, digestsOf(domain, claims))];
    expect((await router.assess({ ...claims[1]!, evidence })).kinds).to.equal(16n);
  });

  it("settles requests, each by its place", async () => {
    const world = await proven();
    const { requests, operator, own, domain, params, lock, claim, groth16 } = world;
    const fulfilments = [];
    const claims: Claim[] = [];
    for (let i = 0; i < 2; i++) {
      const terms = await params({
        ...{ release: own.releaseId, policy: all(zk()) },
        ...{ stake: ETHER / 100n, bond: ETHER / 1000n },
      });
      const request = await lock(terms);
      claims.push(claim(request, terms));
      fulfilments.push({ id: request, params: terms, output: GOOD });
    }
    await groth16.recordBatch(domain.router, bare(claims), proveBatch(domain, claims, own));
    const digests = digestsOf(domain, claims);
    const settling = fulfilments.map((it, place) => ({
      ...it,
      evidence: [batchEvidence(place, digests)],
    }));
    const [first, second] = settling as [(typeof settling)[0], (typeof settling)[0]];
    const settled = requests
      .connect(operator)
      .fulfil(first.id, first.params, first.output, first.evidence);
    await expect(settled).to.emit(requests, "RequestSettled");
    await expect(requests.connect(operator).fulfilMany([second])).to.emit(
      requests,
      "RequestSettled",
    );
  });

  describe("given a batch that is not full", () => {
    it("takes the first statement in the places that are left, and proves it by each", async () => {
      const { own, domain, claims, record, assess } = await proven();
      const filled = [claims[0]!, claims[1]!, claims[0]!, claims[0]!];
      await record(proveBatch(domain, filled, own), filled);
      const digests = digestsOf(domain, filled);
      for (const [place, claim] of filled.entries()) {
        expect((await assess(place, digests, claim)).kinds).to.equal(16n);
      }
    });

    it("refuses another output in a place that is left", async () => {
      const { own, domain, claims, refused } = await proven();
      const filled = [claims[0]!, claims[1]!, claims[0]!, claims[0]!];
      await refused(proveBatch(domain, filled, own), altered(filled, 3, { output: BAD }));
    });
  });

  describe("when statements are not those of the proof", () => {
    it("refuses them in another order", async () => {
      const { data, claims, refused } = await proven();
      await refused(data, claims.toReversed());
    });

    const changes: [string, Partial<Claim>][] = [
      ["input", { input: [7n] }],
      ["output", { output: BAD }],
      ["request", { request: id("other") }],
      ["operator", { operator: `0x${"11".repeat(20)}` }],
    ];
    for (const [what, change] of changes) {
      it(`refuses another ${what} in any place`, async () => {
        const { data, claims, refused } = await proven(4);
        for (const at of claims.keys()) await refused(data, altered(claims, at, change));
      });
    }

    it("refuses one statement twice in the place of two", async () => {
      const { data, claims, refused } = await proven();
      await refused(data, [claims[0]!, claims[0]!]);
      await refused(data, [claims[1]!, claims[1]!]);
    });

    it("refuses the other half of two batches", async () => {
      const world = await proven();
      const { own, domain, data, claims, refused } = world;
      const others = claimsOf(world, own, 4).slice(2);
      await refused(data, [claims[0]!, others[1]!]);
      await refused(proveBatch(domain, others, own), [claims[0]!, others[1]!]);
    });

    it("refuses the words of two statements exchanged, whose sum is the same words in all", async () => {
      const { data, claims, refused } = await proven();
      const [first, second] = claims as [Claim, Claim];
      await refused(data, [
        { ...first, input: second.input },
        { ...second, input: first.input },
      ]);
    });
  });

  describe("when an output is solved from the equation after the challenge was drawn", () => {
    it("refuses it: every word is in the hash that draws the challenge", async () => {
      const world = await proven();
      const { domain, groth16, router } = world;
      // An output that is one commitment may be any field element.
      const output = { ...CIRCUIT.output, mode: 1n };
      const own = await publishFamily(world, "committed output", { output });
      const claims = claimsOf(world, own, 2);
      const signals = batchSignals(batchDigestOf(digestsOf(domain, claims)), claims, own);
      const [, z] = signals;
      // v = W, x_0, y_0, x_1, y_1: what y_0 is lowered by in the second place, y_1 makes up for in the fourth.
      const change = 12_345n;
      const [y0, y1] = [claims[0]!.output[0]!, claims[1]!.output[0]!];
      const forged = [
        { ...claims[0]!, output: [Fr.sub(y0, change)] },
        { ...claims[1]!, output: [Fr.add(y1, Fr.div(change, Fr.pow(z, 2n)))] },
      ];
      const drawn = batchDigestOf(digestsOf(domain, claims));
      expect(batchSignals(drawn, forged, own), "the equation holds").to.deep.equal(signals);

      const key = own.keys.get(2)!;
      const { data } = zkEvidence(signals[0], key.prove(signals));
      await expect(
        groth16.recordBatch(domain.router, bare(forged), data),
      ).to.be.revertedWithCustomError(groth16, "BatchProofInvalid");
      // Nor do the digests of the forged words help, of which no proof was shown.
      await groth16.recordBatch(domain.router, bare(claims), data);
      const evidence = [batchEvidence(0, digestsOf(domain, forged))];
      await expect(router.assess({ ...forged[0]!, evidence })).to.be.revertedWithCustomError(
        groth16,
        "BatchNotRecorded",
      );
    });
  });

  describe("when the release is another", () => {
    it("refuses a receipt of another release among them, and names it", async () => {
      const { data, claims, twin, record, groth16 } = await proven();
      await expect(record(data, altered(claims, 1, { release: twin.releaseId })))
        .to.be.revertedWithCustomError(groth16, "BatchReleaseMismatch")
        .withArgs(1n, twin.releaseId);
    });

    it("refuses the proof of another release's circuit", async () => {
      const { domain, claims, own, twin, refused } = await proven();
      const weights = own.weights;
      await refused(proveBatch(domain, claims, { keys: twin.keys, weights }));
    });

    it("refuses the proof for another release of the same family and weights", async () => {
      const { domain, models, publisher, claims, own, data, refused } = await proven();
      const again = release({
        ...{ publisher: publisher.address, circuit: own.familyId, version: "again" },
        weights: own.weights!,
      });
      const releaseId = await models.publish.staticCall(again, "");
      await models.publish(again, "");
      const there = claims.map((it) => ({ ...it, release: releaseId }));
      await refused(data, there);
      await refused(proveBatch(domain, there, own));
    });

    it("refuses a proof on other weights", async () => {
      const { domain, claims, own, refused } = await proven();
      await refused(proveBatch(domain, claims, { ...own, weights: 987_654_321n }));
    });
  });

  describe("when the router is another", () => {
    it("takes the proof for that router, as evidence there alone", async () => {
      const { domain, own, claims, data, record, refused, assess, groth16 } = await proven();
      const elsewhere: Domain = { ...domain, router: `0x${"22".repeat(20)}` };
      await refused(data, claims, elsewhere.router);
      await record(proveBatch(elsewhere, claims, own), claims, elsewhere.router);
      for (const list of [digestsOf(domain, claims), digestsOf(elsewhere, claims)]) {
        const error = list[0] === digestOf(domain, claims[0]!) ? "NotRecorded" : "PlaceMismatch";
        await expect(assess(0, list)).to.be.revertedWithCustomError(groth16, `Batch${error}`);
      }
    });
  });

  describe("when the count is another", () => {
    it("reverts with BatchUnknown where no circuit of the release proves so many", async () => {
      const world = await proven(4);
      const { data, claims, own, record, groth16, releaseId } = world;
      for (const list of [claims.slice(0, 1), claims.slice(0, 3)]) {
        await expect(record(data, list))
          .to.be.revertedWithCustomError(groth16, "BatchUnknown")
          .withArgs(own.releaseId, list.length);
      }
      await expect(record(data, []))
        .to.be.revertedWithCustomError(groth16, "BatchUnknown")
        .withArgs(ZeroHash, 0n);
      // A release that names one circuit.
      const single = claims.map((it) => ({ ...it, release: releaseId }));
      await expect(record(data, single))
        .to.be.revertedWithCustomError(groth16, "BatchUnknown")
        .withArgs(releaseId, 4n);
    });

    it("refuses the proof by the circuit of another count, bound to these statements", async () => {
      const { domain, own, claims, refused } = await proven();
      for (const count of [1, 4]) await refused(proveBatch(domain, claims, own, count));
    });

    it("refuses the proof of fewer or more statements", async () => {
      const world = await proven(4);
      const { domain, own, claims, data, refused } = world;
      await refused(data, claims.slice(0, 2));
      await refused(proveBatch(domain, claims.slice(0, 2), own), claims);
    });

    it("refuses the proof by a circuit of fewer, which a family says is of more, where zeros follow its words", async () => {
      const { domain, own, claims, refused } = await proven();
      const [first, second] = claims as [Claim, Claim];
      const zeros = {
        ...second,
        ...{ input: second.input.map(() => 0n), output: second.output.map(() => 0n) },
      };
      const list = [first, zeros];
      const digest = batchDigestOf(digestsOf(domain, list));
      const signals = signalsOf(digest, first, { weights: own.weights });
      await refused(zkEvidence(signals[0], own.keys.get(2)!.prove(signals)).data, list);
    });

    it("tells a batch's proof from one of a single inference, both ways", async () => {
      const { domain, own, claims, data, router, groth16, refused } = await proven();
      const asSingle = { ...claims[0]!, evidence: [{ kind: ZK, data }] };
      await expect(router.assess(asSingle)).to.be.revertedWithCustomError(groth16, "ProofInvalid");
      await refused(prove(domain, claims[0]!, own.keys.get(1)).data);
      // The batch's own key, bound to one statement's digest.
      await refused(prove(domain, claims[0]!, own.keys.get(2)).data);
    });
  });

  describe("when a word is not canonical", () => {
    it("reverts with BatchWordsNotCanonical and the place", async () => {
      const { domain, own, claims, record, groth16 } = await proven(4);
      const [input] = claims[0]!.input as [bigint];
      for (const change of [
        { input: [input + SCALAR_FIELD] },
        { input: [1n << 64n] },
        { output: [1n << 32n] },
        { input: [] },
        { output: [...GOOD, 0n] },
      ]) {
        for (const at of [0, 3]) {
          const odd = altered(claims, at, change);
          await expect(record(proveBatch(domain, odd, own), odd))
            .to.be.revertedWithCustomError(groth16, "BatchWordsNotCanonical")
            .withArgs(at);
        }
      }
    });

    it("refuses words moved from an output to the next input, which makes the same list", async () => {
      const { domain, own, claims, record, groth16 } = await proven();
      const [first, second] = claims as [Claim, Claim];
      const moved = [
        { ...first, output: [] },
        { ...second, input: [...first.output, ...second.input] },
      ];
      await expect(record(proveBatch(domain, moved, own), moved))
        .to.be.revertedWithCustomError(groth16, "BatchWordsNotCanonical")
        .withArgs(0n);
    });

    it("refuses a proof of another length, or with a word above its field", async () => {
      const { data, record, groth16 } = await proven();
      for (const odd of ["0x", `${data}00`, data.slice(0, -64), concat([data, ZeroHash])]) {
        await expect(record(odd)).to.be.revertedWithCustomError(groth16, "ProofLengthInvalid");
      }
      const words = Array.from({ length: 9 }, (_, i) =>
        BigInt(`0x${data.slice(2 + 64 * i, 66 + 64 * i)}`),
      );
      for (const [index, word] of words.entries()) {
        const field = index === 0 ? SCALAR_FIELD : BASE_FIELD;
        const changed = words.with(index, word + field);
        const [commitment = 0n, ...proof] = changed;
        await expect(record(zkEvidence(commitment, proof).data)).to.be.revertedWithCustomError(
          groth16,
          index === 0 ? "ProofCommitmentNotCanonical" : "ProofCoordinateNotCanonical",
        );
      }
    });
  });
});

describe("Groth16Evidence.verify, of a statement in a batch", () => {
  it("reverts with BatchNotRecorded before the proof was shown", async () => {
    const { assess, digests, groth16 } = await proven();
    await expect(assess(0))
      .to.be.revertedWithCustomError(groth16, "BatchNotRecorded")
      .withArgs(batchDigestOf(digests));
  });

  it("refuses any list but the one that was recorded", async () => {
    const { assess, record, data, claims, digests, groth16 } = await proven();
    await record(data);
    const foreign = id("foreign");
    const [first, second] = digests as [string, string];
    for (const [place, list] of [
      [0, [first, foreign]],
      [1, [foreign, second]],
      [0, [first]],
      [0, [first, second, foreign]],
      [0, [first, second, first, second]],
      [0, [first, first]],
      [1, [second, second]],
    ] as const) {
      await expect(assess(place, list, claims[place])).to.be.revertedWithCustomError(
        groth16,
        "BatchNotRecorded",
      );
    }
  });

  it("reverts with BatchPlaceMismatch where the statement is not at the place", async () => {
    const { assess, record, data, claims, digests, router, groth16 } = await proven();
    await record(data);
    const elsewhere: [number, readonly string[], Claim][] = [
      [1, digests, claims[0]!],
      [0, digests, claims[1]!],
      [2, digests, claims[0]!],
      [255, digests, claims[0]!],
      [0, [], claims[0]!],
      [0, digests, { ...claims[0]!, output: BAD }],
      [0, digests, { ...claims[0]!, request: id("other") }],
    ];
    for (const [place, list, claim] of elsewhere) {
      await expect(assess(place, list, claim))
        .to.be.revertedWithCustomError(groth16, "BatchPlaceMismatch")
        .withArgs(place);
    }
    // A byte more or less has no such reading.
    const { data: bytes } = batchEvidence(0, digests);
    for (const odd of [`${bytes}00`, bytes.slice(0, -2)]) {
      const receipt: Receipt = { ...claims[0]!, evidence: [{ kind: ZK, data: odd }] };
      await expect(router.assess(receipt)).to.be.revertedWithCustomError(
        groth16,
        "ProofLengthInvalid",
      );
    }
  });
});

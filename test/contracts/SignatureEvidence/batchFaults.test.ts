import { expect } from "chai";
import { ZeroAddress, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { signBatch } from "../../helpers/signBatch.ts";
import type { Claim, Params } from "../../helpers/vouchScenario.ts";
import {
  BAD,
  CIRCUIT,
  ETHER,
  GOOD,
  INPUT,
  all,
  deployScenario,
  hashOfWords,
  prove,
  release,
  sign,
  signature,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const FULFILLED = 5n;

const statementOf = ({ release, request, operator, input, output }: Claim) => ({
  ...{ release, request, operator },
  ...{ inputHash: hashOfWords(input), outputHash: hashOfWords(output) },
});

/** A release that convicts by proof, two answers to one request, and three statements that nobody contradicts. */
async function answers() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { circuits, models, publisher, operator, domain, signatures, stranger } = scenario;
  const circuit = { ...CIRCUIT, setup: 0n };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  const published = release({ publisher: publisher.address, circuit: circuitId, version: "real" });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const claimOf = (request: string, output = GOOD): Claim => ({
    ...{ release: releaseId, request: id(request), operator: operator.address },
    ...{ input: INPUT, output },
  });
  const [good, bad] = [claimOf("request"), claimOf("request", BAD)];
  const others = ["one", "two", "three"].map((request) => claimOf(request));
  const alone = async (claim: Claim) => (await sign(operator, domain, claim)).data;
  const inBatch = async (claim: Claim, neighbours = others) =>
    (await signBatch(operator, domain, [claim, ...neighbours]))[0]!.data;
  const equivocate = (one: string, two: string, router = domain.router) =>
    signatures
      .connect(stranger)
      .showEquivocation(router, statementOf(good), one, hashOfWords(BAD), two);
  return { ...scenario, claimOf, good, bad, others, alone, inBatch, equivocate };
}
type Answers = Awaited<ReturnType<typeof answers>>;

describe("SignatureEvidence.showEquivocation, given a batch", () => {
  const forms: readonly (readonly [string, (of: Answers) => Promise<readonly string[]>])[] = [
    [
      "an answer by itself and one in a batch",
      async ({ alone, inBatch, good, bad }) => [await alone(good), await inBatch(bad)],
    ],
    [
      "an answer in a batch and one by itself",
      async ({ alone, inBatch, good, bad }) => [await inBatch(good), await alone(bad)],
    ],
    [
      "two answers in two batches",
      async ({ inBatch, good, bad, others }) => [
        await inBatch(good),
        await inBatch(bad, others.slice(1)),
      ],
    ],
    [
      "two answers in one batch",
      async ({ operator, domain, good, bad, others }) =>
        (await signBatch(operator, domain, [good, ...others, bad]))
          .map(({ data }) => data)
          .filter((_, index) => index === 0 || index === others.length + 1),
    ],
  ];
  for (const [what, sign_] of forms) {
    it(`convicts by ${what}`, async () => {
      const scenario = await answers();
      const { signatures, vault, router, operator, stranger, good, equivocate } = scenario;
      const [one = "", two = ""] = await sign_(scenario);
      await expect(equivocate(one, two))
        .to.emit(signatures, "FaultShown")
        .withArgs(operator.address, good.request, stranger.address, router, false);
      expect(await vault.creditOf(stranger)).to.equal(ETHER / 2n);
      expect(await signatures.bondOf(operator)).to.equal(0n);
    });
  }

  it("reverts with StatementNotSigned where a path leads elsewhere, or another router's domain was signed", async () => {
    const { signatures, stranger, operator, domain, good, bad, others, ...rest } = await answers();
    const { alone, inBatch, equivocate } = rest;
    const [one, two] = [await alone(good), await inBatch(bad)];
    const elsewhere = { ...domain, router: stranger.address };
    const [foreign] = await signBatch(operator, elsewhere, [bad, ...others]);
    for (const [mine, other, router] of [
      [one, two.slice(0, -2), domain.router],
      [one, two.slice(0, 132), domain.router],
      [one, two.slice(0, -64), domain.router],
      [one, `${two}${"00".repeat(32)}`, domain.router],
      [one, await inBatch(others[0]!, [bad]), domain.router],
      [one, foreign!.data, domain.router],
      [await inBatch(good), two, elsewhere.router],
    ] as const) {
      await expect(equivocate(mine, other, router)).to.be.revertedWithCustomError(
        signatures,
        "StatementNotSigned",
      );
    }
    expect(await signatures.faultOf(operator, domain.router, good.request)).to.equal(ZeroAddress);
  });
});

describe("SignatureEvidence.showContradiction, given a batch", () => {
  it("convicts by an answer in a batch that a proof contradicts", async () => {
    const { signatures, vault, operator, stranger, domain, good, bad, inBatch } = await answers();
    const show = (data: string) =>
      signatures
        .connect(stranger)
        .showContradiction(
          domain.router,
          statementOf(bad),
          data,
          INPUT,
          GOOD,
          prove(domain, good).data,
        );
    const data = await inBatch(bad);
    await expect(show(data.slice(0, -64))).to.be.revertedWithCustomError(
      signatures,
      "StatementNotSigned",
    );
    await show(data);
    expect(await vault.creditOf(stranger)).to.equal(ETHER / 2n);
    expect(await signatures.bondOf(operator)).to.equal(0n);
  });
});

describe("InferenceRequests, given signatures of a batch", () => {
  it("settles a request by one, one by one and many at once, and forfeits by another", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, signatures, vault, operator, domain, params, lock, claim } = scenario;
    const terms: Params[] = [];
    for (let i = 0; i < 3; i++) terms.push(await params({ policy: all(signature) }));
    const ids: string[] = [];
    for (const each of terms) ids.push(await lock(each));
    const claims = ids.map((request, i) => claim(request, terms[i]!));
    const evidence = await signBatch(operator, domain, claims);

    await requests.fulfil(ids[0]!, terms[0]!, GOOD, [evidence[0]!]);
    await requests.fulfilMany(
      [1, 2].map((i) => ({
        ...{ id: ids[i]!, params: terms[i]! },
        ...{ output: GOOD, evidence: [evidence[i]!] },
      })),
    );
    for (const request of ids) expect(await requests.statusOf(request)).to.equal(FULFILLED);

    const other = claim(ids[0]!, terms[0]!, BAD);
    const [, contradicting] = await signBatch(operator, domain, [claims[1]!, other]);
    await signatures.showEquivocation(
      domain.router,
      statementOf(claims[0]!),
      evidence[0]!.data,
      hashOfWords(BAD),
      contradicting!.data,
    );
    const { own } = await vault.stakeOf(operator);
    await requests.forfeit(ids[0]!);
    expect((await vault.stakeOf(operator)).own).to.equal(own - terms[0]!.stake);
  });
});

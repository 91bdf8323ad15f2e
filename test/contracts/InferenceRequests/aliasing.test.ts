import { expect } from "chai";
import { AbiCoder, concat, dataLength, dataSlice, toBeHex } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { Evidence, Params } from "../../helpers/vouchScenario.ts";
import { BAD, all, deployScenario, release, sign, zk } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const coder = AbiCoder.defaultAbiCoder();
const LOCKED = 2n;
const WORD = 32;
/** Places of the words that say where output and evidence lie; behind them the head ends. */
const [OUTPUT, EVIDENCE, HEAD] = [0x40, 0x60, 0x80] as const;

const word = (value: bigint | number): string => toBeHex(BigInt.asUintN(256, BigInt(value)), WORD);

/** Calldata after the selector: words where a test puts them, zeros between. */
class Layout {
  readonly #words = new Map<number, string>();

  put(place: number, ...values: (bigint | number | string)[]): this {
    for (const [i, value] of values.entries()) {
      expect(this.#words.has(place + WORD * i), `taken: ${String(place)}`).to.equal(false);
      this.#words.set(place + WORD * i, typeof value === "string" ? value : word(value));
    }
    return this;
  }

  /** One piece of evidence at `place`, its list at `list`. */
  putEvidence(list: number, place: number, { kind, data }: Evidence): this {
    const bytes = dataSlice(coder.encode(["bytes"], [data]), WORD);
    const words = Array.from({ length: dataLength(bytes) / WORD }, (_, i) =>
      dataSlice(bytes, i * WORD, (i + 1) * WORD),
    );
    return this.put(list, 1, place - (list + WORD)).put(place, kind, 2 * WORD, ...words);
  }

  words(from: number, count: number): bigint[] {
    return Array.from({ length: count }, (_, i) =>
      BigInt(this.#words.get(from + WORD * i) ?? word(0)),
    );
  }

  get data(): string {
    const end = Math.max(...this.#words.keys()) + WORD;
    return concat(this.words(0, end / WORD).map(word));
  }
}

async function deployed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { requests, operator } = scenario;
  const { selector, inputs } = requests.interface.getFunction("fulfil");
  /** Words of the parameters before what has no fixed length. */
  const membersOf = (terms: Params): string[] => {
    const encoded = dataSlice(coder.encode([inputs[1]!], [terms]), WORD);
    return Array.from({ length: inputs[1]!.components!.length }, (_, i) =>
      dataSlice(encoded, i * WORD, (i + 1) * WORD),
    );
  };
  const send = async (layout: Layout) =>
    operator.sendTransaction({ to: requests, data: concat([selector, layout.data]) });
  return { ...scenario, membersOf, send };
}

/** The router is told more than `fulfil` is: no word may be a place to one and content to the other. */
describe("InferenceRequests, calldata whose head is read as content", () => {
  it("puts no other policy in the place of the one that was asked for", async () => {
    const { requests, operator, domain, claim, params, lock, membersOf, send } = await deployed();
    const terms = await params({ policy: all(zk()) });
    const id = await lock(terms);
    const [asked] = terms.policy.allOf[0]!.anyOf;
    const [members, output, evidence] = [0x1000, 0x2000, 0x400];
    const heads = membersOf(terms);
    // The policy begins in the head: its clauses lie as far behind as the evidence does, its stake follows.
    [heads[2], heads[3]] = [word(0x4000 - members), word(EVIDENCE - members)];
    const clauses = EVIDENCE + evidence;
    const layout = new Layout()
      .put(0, id, members, output, evidence)
      .put(HEAD, terms.policy.minStake)
      .putEvidence(evidence, 0x3000, await sign(operator, domain, claim(id, terms, BAD)))
      .put(clauses, 1, 0x500 - (clauses + WORD))
      .put(0x500, WORD, 1, asked!.kind, asked!.params, asked!.pin)
      // Two words further on, a clause that a signature meets.
      .put(clauses + 2 * WORD, 1, 0x700 - (clauses + 3 * WORD))
      .put(0x700, WORD, 1, 0, 0, 0)
      .put(members, ...heads)
      .put(0x4000, terms.input.length, ...terms.input)
      .put(output, BAD.length, ...BAD);
    await expect(send(layout)).to.be.revert(ethers);
    expect(await requests.statusOf(id)).to.equal(LOCKED);
  });

  it("stores no shorter output than the one that the evidence is of", async () => {
    const scenario = await deployed();
    const { requests, models, publisher, operator, domain, claim, params, lock, send } = scenario;
    const plain = release({ publisher: publisher.address, version: "plain", weights: 0n });
    const releaseId = await models.connect(publisher).publish.staticCall(plain, "");
    await models.connect(publisher).publish(plain, "");
    const terms = await params({ release: releaseId });
    const id = await lock(terms);
    const [members, evidence] = [0x5000, 0x100];
    const tail = dataSlice(
      coder.encode([requests.interface.getFunction("fulfil").inputs[1]!], [terms]),
      WORD,
    );
    // The place of the evidence is the length of the output, too.
    const layout = new Layout()
      .put(0, id, members, EVIDENCE, evidence)
      .put(evidence, 1, 0x3000 - (evidence + WORD))
      .put(
        members,
        ...Array.from({ length: dataLength(tail) / WORD }, (_, i) =>
          dataSlice(tail, i * WORD, (i + 1) * WORD),
        ),
      );
    const longer = layout.words(HEAD, evidence + OUTPUT);
    const { kind, data } = await sign(operator, domain, claim(id, terms, longer));
    const bytes = concat([dataSlice(coder.encode(["bytes"], [data]), WORD)]);
    layout.put(
      0x3000,
      ...[kind, 2 * WORD],
      ...Array.from({ length: dataLength(bytes) / WORD }, (_, i) =>
        dataSlice(bytes, i * WORD, (i + 1) * WORD),
      ),
    );
    await expect(send(layout)).to.be.revert(ethers);
    expect(await requests.statusOf(id)).to.equal(LOCKED);
  });
});

import type { PriceRule, SoldRelease } from "@vouch/operator";
import { OperatorError, createCatalog, parsePriceRule } from "@vouch/operator";
import { allOf, releaseId, requireSignature, requireZk } from "@vouch/protocol";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";
import { testCatalog } from "../../helpers/testAnswerer.ts";

const [TENSOR, TEXT] = testCatalog({ signature: 1n }).list() as unknown as [
  SoldRelease,
  SoldRelease,
];

/** A release of another version than the one that it is like, or of another model. */
function versionOf(like: SoldRelease, version: string, model = like.release.model): SoldRelease {
  const release = { ...like.release, model, version };
  return { ...like, release, id: releaseId(release) };
}

const rules = (...texts: readonly string[]): readonly PriceRule[] => texts.map(parsePriceRule);
const priceList = (texts: readonly string[], sold: readonly SoldRelease[] = [TENSOR, TEXT]) =>
  createCatalog(rules(...texts), sold)
    .list()
    .map(({ name, prices }) => [name, ...prices.map((it) => `${it.name} ${it.amount}`)]);

describe("parsePriceRule", () => {
  it("reads release, policy and amount, and takes the payment alone where no way is named", () => {
    expect(parsePriceRule("*:signature:10")).to.deep.equal({
      ...{ release: "*", policy: allOf([requireSignature()]), amount: 10n },
      settlement: ["payment"],
    });
  });

  it("reads a policy that has colons of its own, and ways to settle", () => {
    expect(parsePriceRule(" credit:zk:any+signature:25:payment/individual ")).to.deep.equal({
      ...{ release: "credit", policy: allOf([requireZk("any"), requireSignature()]), amount: 25n },
      settlement: ["payment", "individual"],
    });
  });

  for (const text of [
    ...[
      "signature:10",
      "*:signature",
      "*:signature:-1",
      "*:signature:1.5",
      "*:sign:10",
      ":signature:1",
    ],
    ...["*:zk:10", "*:signature:1:gift", "*:signature:1:payment,individual", ""],
  ]) {
    it(`refuses "${text}"`, () => {
      expect(codeOf(() => parsePriceRule(text))).to.equal("PRICE_INVALID");
    });
  }
});

describe("createCatalog", () => {
  const [tensor, text] = [TENSOR.release.model, TEXT.release.model];

  it("sells every release under a price of all, in the order of the prices", () => {
    expect(priceList(["*:signature:1", "*:zk:any+signature:5"])).to.deep.equal([
      [tensor, "signature 1", "zk+signature 5"],
      [text, "signature 1"], // it has no circuit to prove by
    ]);
  });

  it("has a price of a release's own replace that of all with its name", () => {
    expect(priceList(["*:signature:1", `${tensor}:signature:7`])).to.deep.equal([
      [tensor, "signature 7"],
      [text, "signature 1"],
    ]);
    const byId = [`${TENSOR.id.toUpperCase().replace("0X", "0x")}:signature:7`];
    expect(priceList(byId)).to.deep.equal([[tensor, "signature 7"]]);
  });

  it("holds no payment of a text and takes no voucher for one, for the chain has no form of its request", () => {
    for (const ways of ["payment/individual", "payment/batch/record"]) {
      const settled = createCatalog(rules(`*:signature:1:${ways}`), [TENSOR, TEXT]);
      expect(settled.list().map(({ prices }) => prices[0]?.settlement)).to.deep.equal([
        ways.split("/"),
        ["payment"],
      ]);
    }
    expect(priceList(["*:signature:1:individual"])).to.deep.equal([[tensor, "signature 1"]]);
  });

  it("names a release by its model, two of one model by their version, and finds each by id", () => {
    const other = versionOf(TENSOR, "another");
    const sold = [TENSOR, other, TEXT];
    const catalog = createCatalog(rules("*:signature:1"), sold);
    expect(catalog.list().map(({ name }) => name)).to.deep.equal([
      ...[`${tensor}@${TENSOR.release.version}`, `${tensor}@another`, text],
    ]);
    expect(catalog.find(`${tensor}@another`)?.id).to.equal(other.id);
    expect(catalog.find(other.id)?.id).to.equal(other.id);
    expect(catalog.find(tensor)).to.equal(undefined);
  });

  describe("given a publisher that named its model after a release of another", () => {
    const other = versionOf(TENSOR, "another");
    const orders = (rival: SoldRelease) =>
      [
        ["last", [TENSOR, other, rival]],
        ["first", [rival, other, TENSOR]],
      ] as const;

    const byId = versionOf(TENSOR, "rival", TENSOR.id);
    for (const [order, sold] of orders(byId)) {
      it(`gives it nothing that is asked by that id, where it comes ${order}`, () => {
        const catalog = createCatalog(rules("*:signature:5", `${TENSOR.id}:signature:1`), sold);
        expect(catalog.find(TENSOR.id)?.id).to.equal(TENSOR.id);
        expect(catalog.find(byId.id)?.prices[0]?.amount).to.equal(5n);
      });
    }

    const shared = `${tensor}@another`;
    const byName = versionOf(TENSOR, "rival", shared);
    for (const [order, sold] of orders(byName)) {
      it(`sells neither by a name that both could have, where it comes ${order}`, () => {
        const catalog = createCatalog(rules("*:signature:5"), sold);
        expect(catalog.find(shared)).to.equal(undefined);
        const names = catalog.list().map(({ name }) => name);
        expect(names).to.include.members([other.id, `${shared}@rival`]);
        const priced = () => createCatalog(rules(`${shared}:signature:1`), sold);
        expect(codeOf(priced)).to.equal("PRICE_INVALID");
      });
    }
  });

  describe("given prices that do not fit", () => {
    it("refuses to sell nothing", () => {
      expect(codeOf(() => createCatalog([], [TENSOR]))).to.equal("SETTING_UNFIT");
    });
    for (const [what, texts, price] of [
      ["a release that is not here", ["none:signature:1"], "none:signature:1"],
      ["a proof of a text", [`${text}:zk:any:1`], `${text}:zk:1`],
      ["an escrow of a text", [`${text}:signature:1:individual`], `${text}:signature:1`],
      ["a voucher for a text", [`${text}:signature:1:batch/record`], `${text}:signature:1`],
      ["two prices of one name", [`${tensor}:zk:any:1`, `${tensor}:zk:any:2`], `${tensor}:zk`],
    ] as const) {
      it(`refuses ${what}, naming it`, () => {
        const data = () => {
          try {
            createCatalog(rules(...texts), [TENSOR, TEXT]);
          } catch (error) {
            if (error instanceof OperatorError) return error.data;
            throw error;
          }
          return undefined;
        };
        expect(data()).to.include({ code: "PRICE_INVALID", price });
      });
    }
  });
});

import type { Assurance } from "@vouch/protocol";
import { decodeAssurance, EVIDENCE_KINDS, REQUEST_STATUSES } from "@vouch/protocol";
import { expect } from "chai";
import {
  explainEvidence,
  isWorthless,
} from "../../../offchain/explorer/src/evidence/explainEvidence.ts";
import { explainStatus } from "../../../offchain/explorer/src/evidence/explainStatus.ts";
import { explainStep, nextStep } from "../../../offchain/explorer/src/evidence/explainStep.ts";
import { spellSeconds } from "../../../offchain/explorer/src/evidence/spellSeconds.ts";

const ALL = 31n;

function assuranceOf(flags: bigint, kinds = ALL): Assurance {
  return decodeAssurance({
    kinds,
    flags,
    quorumK: 2n,
    quorumN: 3n,
    minTcb: 6n,
    tolerance: 0n,
    window: 600n,
    stakeAtRisk: 1n,
  });
}

describe("explainEvidence", () => {
  it("says of every kind what it proves and what it does not", () => {
    const told = explainEvidence(assuranceOf(0n), "fulfilled");
    expect(told.map(({ kind }) => kind)).to.have.members([...EVIDENCE_KINDS]);
    for (const { proves, provesNot, weaknesses } of told) {
      expect(proves).to.not.be.empty;
      expect(provesNot).to.not.be.empty;
      expect(weaknesses).to.deep.equal([]);
    }
  });

  it("puts what is simulated or can be forged first", () => {
    const labels = (flags: bigint): readonly string[] =>
      explainEvidence(assuranceOf(flags), "fulfilled")
        .slice(0, 1)
        .flatMap(({ weaknesses }) => weaknesses.map(({ label }) => label));
    expect(labels(1n)).to.deep.equal(["Development set-up"]);
    expect(labels(3n)).to.deep.equal(["Development set-up"]);
    expect(labels(2n)).to.deep.equal(["Set-up attested by nobody"]);
    expect(labels(4n)).to.deep.equal(["Simulated enclave"]);
    expect(labels(8n)).to.deep.equal(["Verified elsewhere"]);
    expect(labels(32n)).to.deep.equal(["Vouched for"]);
  });

  it("puts a simulated enclave before a proof that is sound", () => {
    const [first] = explainEvidence(assuranceOf(4n), "fulfilled");
    expect(first?.kind).to.equal("tee");
    expect(first?.proves.join()).to.include("Nothing");
  });

  it("claims nothing of a window that is still open", () => {
    const [told] = explainEvidence(assuranceOf(0n, 4n), "provisional");
    expect(told?.weaknesses[0]?.label).to.equal("Not final");
    expect(told?.proves.join(" ")).to.not.include("no challenge");
  });

  it("calls what proves nothing worthless, and what is merely weak not", () => {
    expect([1n, 4n, 5n].map((it) => isWorthless(assuranceOf(it)))).to.deep.equal([
      true,
      true,
      true,
    ]);
    expect([0n, 2n, 8n, 16n, 32n].some((it) => isWorthless(assuranceOf(it)))).to.equal(false);
  });
});

describe("explainStatus", () => {
  it("tells every status", () => {
    for (const status of REQUEST_STATUSES) {
      const story = explainStatus({ status, worthless: false, callbackGas: 0, delivered: null });
      expect(story.text).to.not.equal("");
    }
  });

  it("is red where a final answer rests on nothing", () => {
    const facts = { status: "fulfilled", callbackGas: 0, delivered: null } as const;
    expect(explainStatus({ ...facts, worthless: true }).tone).to.equal("danger");
    expect(explainStatus({ ...facts, worthless: false }).tone).to.equal("good");
  });

  it("says whether the answer was delivered to who wanted to be called back", () => {
    const facts = { status: "fulfilled", worthless: false, callbackGas: 1 } as const;
    expect(explainStatus({ ...facts, delivered: true }).text).to.include("was called back");
    expect(explainStatus({ ...facts, delivered: false }).text).to.include("failed");
    expect(explainStatus({ ...facts, delivered: null }).text).to.include("not been called");
  });
});

describe("explainStep", () => {
  it("tells a failed delivery from one that came", () => {
    expect(explainStep("CallbackAttempted", { delivered: true }).tone).to.equal("good");
    expect(explainStep("CallbackAttempted", { delivered: false }).tone).to.equal("bad");
  });

  it("says for how long an answer is open to challenge", () => {
    expect(explainStep("InferenceFulfilled", { window: "3600" }).text).to.include("1 hour");
    expect(explainStep("InferenceFulfilled", { window: 0 }).text).to.include("at once");
  });

  it("names what it does not know, were it a member of every object", () => {
    for (const kind of ["SomethingNew", "constructor", "toString", "__proto__"])
      expect(explainStep(kind, {})).to.deep.equal({ title: kind, text: "", tone: "plain" });
    expect(explainStep("DisputeDecided", { status: "constructor" }).title).to.equal(
      "Dispute decided",
    );
  });
});

describe("nextStep", () => {
  it("waits for something exactly while a request is under way", () => {
    const waiting = REQUEST_STATUSES.filter((it) => nextStep(it, { lockDeadline: 1, deadline: 2 }));
    expect(waiting).to.deep.equal(["open", "locked", "provisional", "challenged"]);
  });
});

describe("spellSeconds", () => {
  it("takes the two largest units", () => {
    expect([0, 1, 61, 3_600, 93_784, 86_405].map(spellSeconds)).to.deep.equal([
      ...["0 seconds", "1 second", "1 minute 1 second", "1 hour", "1 day 2 hours", "1 day"],
    ]);
  });
});

import { expect } from "chai";
import { AbiCoder, concat, id, ZeroHash } from "ethers";
import { pino } from "pino";
import { act } from "../../../../offchain/worker/duties/duty.ts";
import type { Intent, MinedTransaction } from "../../../../offchain/worker/send.ts";
import { codeOfPromise } from "../../../helpers/codeOf.ts";

const INTENT: Intent = { key: "answer:1", to: `0x${"11".repeat(20)}`, data: "0x" };
const log = pino({ level: "silent" });
const mined = (status: number): MinedTransaction => ({
  hash: `0x${"22".repeat(32)}`,
  blockNumber: 1,
  gasUsed: 21_000n,
  status,
});
/** What a node says of a call that a contract refuses. */
const refused = (signature: string, types: string[], values: unknown[]): Error => {
  const data = concat([
    id(signature).slice(0, 10),
    AbiCoder.defaultAbiCoder().encode(types, values),
  ]);
  return Object.assign(new Error("execution reverted"), { data });
};

describe("act", () => {
  it("estimates anew, under a key of its own, what was mined and reverted", async () => {
    const keys: string[] = [];
    const send = ({ key }: Intent) => {
      keys.push(key);
      return Promise.resolve(mined(keys.length < 3 ? 0 : 1));
    };
    const step = await act({ send, log }, INTENT);
    expect(step).to.deep.include({ status: "sent", key: "answer:1" });
    expect(keys).to.deep.equal(["answer:1", "answer:1#2", "answer:1#3"]);
  });

  it("gives up what reverts each time", async () => {
    let count = 0;
    const send = () => {
      count += 1;
      return Promise.resolve(mined(0));
    };
    expect(await codeOfPromise(act({ send, log }, INTENT))).to.equal("DUTY_REFUSED");
    expect(count).to.equal(3);
  });

  it("says that it was overtaken where somebody else did it", async () => {
    const error = refused(
      "DisputeStatusInvalid(bytes32,uint8)",
      ["bytes32", "uint8"],
      [ZeroHash, 3],
    );
    const step = await act({ send: () => Promise.reject(error), log }, INTENT);
    expect(step).to.deep.equal({
      status: "overtaken",
      key: "answer:1",
      refusal: "DisputeStatusInvalid",
    });
  });

  it("throws what a contract refuses for good", async () => {
    const error = refused("DisputeAnswerMismatch(bytes32)", ["bytes32"], [ZeroHash]);
    const acted = act({ send: () => Promise.reject(error), log }, INTENT);
    expect(await codeOfPromise(acted)).to.equal("DUTY_REFUSED");
  });

  it("leaves what is no contract's refusal as it is", async () => {
    const error = new TypeError("the socket closed");
    const thrown: unknown = await act({ send: () => Promise.reject(error), log }, INTENT).catch(
      (it: unknown) => it,
    );
    expect(thrown).to.equal(error);
  });
});

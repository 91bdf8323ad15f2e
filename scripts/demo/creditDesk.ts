import type { Receipt } from "@vouch/protocol";
import { findContractError, hashOfWords, SETUP_TRUST, wordToHex } from "@vouch/protocol";
import { CreditDesk__factory } from "../../offchain/protocol/typechain/factories/contracts/examples/CreditDesk__factory.ts";
import type { Chain } from "../../offchain/hardhat/tasks/openChain.ts";
import { encodeReceipt } from "./receipt.ts";
import type { Cast } from "./scenario.ts";
import type { StepLog } from "./steps.ts";

/** Brings a receipt to a consumer that verifies and acts in one transaction; a second time it is refused. */
export async function bringReceipt(
  log: StepLog,
  { deployment }: Chain,
  { underwriter, applicants }: Cast,
  receipt: Receipt,
): Promise<void> {
  const desk = await new CreditDesk__factory(underwriter).deploy(
    deployment.inferenceRequests,
    receipt.statement.release,
    SETUP_TRUST.indexOf("any"),
    wordToHex(0n),
  );
  await desk.waitForDeployment();
  const applicant = applicants[0].address;
  await (await desk.register(applicant, hashOfWords(receipt.input))).wait();
  const brought = encodeReceipt(receipt);
  await log.run(
    "CreditDesk verifies and decides",
    async () => (await desk.decide(applicant, brought)).wait(),
    (it) => it?.gasUsed ?? 0n,
  );
  log.note(`CreditDesk: limit ${await desk.limitOf(applicant)}`);
  try {
    await desk.decide(applicant, brought);
  } catch (error) {
    const name = findContractError(error)?.name;
    if (name !== "ReceiptAlreadyUsed") throw error;
    log.note(`the same receipt a second time: refused, ${name}`);
    return;
  }
  throw new Error("CreditDesk used one receipt twice");
}

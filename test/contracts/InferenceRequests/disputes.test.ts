import { expect } from "chai";
import { deployDisputes, optimistic } from "../../helpers/disputeScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { all } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployDisputes);

describe("InferenceRequests, for its disputes only", () => {
  it("lets nobody else contest an answer, its operator and requester included", async () => {
    const { requests, answered, operator, requester, stranger } = await deployed();
    const { id } = await answered({ policy: all(optimistic()) });
    for (const sender of [operator, requester, stranger]) {
      await expect(requests.connect(sender).contest(id))
        .to.be.revertedWithCustomError(requests, "SenderNotDisputes")
        .withArgs(sender.address);
    }
  });

  it("lets nobody else resolve one, either way", async () => {
    const { requests, answered, challenged, operator, requester } = await deployed();
    const answer = await answered({ policy: all(optimistic()) });
    await challenged(answer);
    for (const sender of [operator, requester]) {
      for (const upheld of [true, false]) {
        await expect(
          requests.connect(sender).resolve(answer.id, answer.terms, answer.output, upheld, sender),
        )
          .to.be.revertedWithCustomError(requests, "SenderNotDisputes")
          .withArgs(sender.address);
      }
    }
  });
});

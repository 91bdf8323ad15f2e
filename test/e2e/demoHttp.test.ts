import { expect } from "chai";
import { runTask } from "../helpers/runTask.ts";

/** For the long run: test/e2e/operator.test.ts has the gateway's process by default. */
const deepDescribe = process.env["VOUCH_DEEP"] === "1" ? describe : (): undefined => undefined;

/** What `npm run demo -- --http` starts, as a process of its own. */
deepDescribe("the demo over HTTP", function () {
  this.timeout(300_000);

  it("sells a streamed text and a proof, has the client verify both, and counts the money", async () => {
    const { code, out, err } = await runTask(["run", "--no-compile", "scripts/demoHttp.ts"]);
    expect(code, out + err).to.equal(0);
    const lines = out.split("\n").map((line) => line.trim());
    expect(lines).to.include("assurance: signature");
    expect(lines.some((it) => it.startsWith("assurance: signature + zk"))).to.equal(true);
    const amounts = new Map(
      lines.map((line) => [line.replace(/\s+-?\d+$/, ""), line.match(/\s(-?\d+)$/)?.[1]]),
    );
    expect(amounts.get("requester")).to.equal("974000");
    expect(amounts.get("operator, paid by transfer")).to.equal("1000");
    expect(amounts.get("operator, credited by the contract that holds it")).to.equal("25000");
    expect(amounts.get("difference")).to.equal("0");
  });
});

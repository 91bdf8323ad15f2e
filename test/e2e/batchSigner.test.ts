import type { Domain, ReleaseId, Statement, StatementSignature } from "@vouch/protocol";
import {
  encodeEvidence,
  hashOfWords,
  parseAddress,
  parseRequestId,
  statementDigest,
  statementSigner,
} from "@vouch/protocol";
import { createBatchSigner, memorySignLog } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import fc from "fast-check";
import { connection } from "../helpers/deployVouch.ts";
import { ETHER, GOOD, INPUT, deployScenario } from "../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deep = process.env["VOUCH_DEEP"] === "1";

/** Statements that the operator of a deployment signs in batches, and what the router says of each. */
async function signedInBatches() {
  const { router, operator, releaseId, domain } = await networkHelpers.loadFixture(deployScenario);
  const own: Domain = { chainId: domain.chainId, router: parseAddress(domain.router) };
  const statementOf = (index: number): Statement => ({
    release: releaseId as ReleaseId,
    request: parseRequestId(id(`request ${index}`)),
    operator: parseAddress(operator.address),
    inputHash: hashOfWords(INPUT),
    outputHash: hashOfWords(GOOD),
  });
  const sign = async (count: number, maxBatch: number) => {
    const batchSigner = createBatchSigner(
      { operator: parseAddress(operator.address), domain: own, maxBatch },
      { signer: operator, signLog: memorySignLog() },
    );
    const statements = Array.from({ length: count }, (_, index) => statementOf(index));
    const signatures = await Promise.all(statements.map((it) => batchSigner.sign(it)));
    await batchSigner.close();
    return statements.map((statement, i) => ({ statement, signed: signatures[i]! }));
  };
  const assess = ({ release, request }: Statement, signed: StatementSignature) =>
    router.assess({
      ...{ release, request, operator: operator.address, input: INPUT, output: GOOD },
      evidence: [encodeEvidence({ kind: "signature", ...signed })],
    });
  return { own, sign, assess };
}

describe("createBatchSigner, on a chain", () => {
  it("signs any number of statements: each verifies off-chain, a sample on-chain", async () => {
    const { own, sign, assess } = await signedInBatches();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: deep ? 1000 : 120 }),
        fc.integer({ min: 1, max: 64 }),
        fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        async (count, maxBatch, picks) => {
          const all = await sign(count, maxBatch);
          for (const { statement, signed } of all) {
            const digest = statementDigest(own, statement);
            expect(statementSigner(own, digest, signed)).to.equal(statement.operator);
          }
          for (const pick of picks) {
            const { statement, signed } = all[pick % count]!;
            const { kinds, stakeAtRisk } = await assess(statement, signed);
            expect([kinds, stakeAtRisk]).to.deep.equal([1n, ETHER]);
          }
        },
      ),
      { seed: 8, numRuns: deep ? 30 : 6 },
    );
  });
});

import type { TransformersBackend } from "@vouch/execution";
import { openTransformersBackend, wholeAnswer } from "@vouch/execution";
import type { Domain, Hex, Receipt, TextTranscript } from "@vouch/protocol";
import {
  encodeEvidence,
  findContractError,
  hashOfWords,
  parseAddress,
  parseReceipt,
  parseRequestId,
  serializeReceipt,
  statementTypedData,
  textWords,
  verifyReceipt,
} from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { prepareTextRelease, publishTextRelease } from "@vouch/publisher";
import { expect } from "chai";
import { id } from "ethers";
import { CHAR_GPT, TEXT_PLAN, continuation } from "../helpers/charGpt.ts";
import type { Deployment } from "../helpers/deployVouch.ts";
import { connection, deployVouch } from "../helpers/deployVouch.ts";

const ETHER = 10n ** 18n;

/** From a model folder to a receipt that both the contract and anybody offline accept. */
describe("an answer of a language model", function () {
  this.timeout(120_000);

  let vouch: Deployment;
  let domain: Domain;
  let backend: TransformersBackend;
  let release: TextRelease;

  before(async () => {
    const [publisher, operator] = await connection.ethers.getSigners();
    vouch = await deployVouch(connection);
    await vouch.vault.connect(operator).stake({ value: 2n * ETHER });
    await vouch.vault.connect(operator).authorise(vouch.signatures, true);
    await vouch.signatures.connect(operator).post(ETHER);
    domain = {
      chainId: (await connection.ethers.provider.getNetwork()).chainId,
      router: parseAddress(await vouch.router.getAddress()),
    };
    backend = await openTransformersBackend();
    release = await prepareTextRelease(CHAR_GPT, {
      ...TEXT_PLAN,
      publisher: parseAddress(publisher!.address),
    });
  });

  after(() => backend.close());

  it("is published once, and its release is what the chain says", async () => {
    expect(await publishTextRelease(vouch, release)).to.be.greaterThan(0n);
    expect(await publishTextRelease(vouch, release)).to.equal(0n);
    expect(await vouch.models.isPublished(release.id)).to.be.true;
  });

  it("is generated, signed, and accepted by contract and verifier; another word by neither", async () => {
    const receipt = await answered();
    const verified = verifyReceipt(parseReceipt(JSON.parse(serializeReceipt(receipt))));
    expect(verified.transcript).to.be.true;
    expect(verified.execution).to.deep.equal({
      backend: backend.name,
      proves: "weights",
      signed: true,
    });

    expect(await outcome(receipt)).to.equal("accepted");
    for (const tensor of ["input", "output"] as const)
      for (const index of receipt[tensor].keys()) {
        const words = receipt[tensor].with(index, 1n);
        expect(await outcome({ ...receipt, [tensor]: words }), `${tensor} ${index}`).to.equal(
          "SignatureNotByOperator",
        );
      }
  });

  async function answered(): Promise<Receipt> {
    const [, operator] = await connection.ethers.getSigners();
    const request = continuation([{ role: "user", content: "Who are you?" }], {
      temperature: 0.8,
      seed: 1599,
      stop: ["\n\n"],
    });
    const transcript: TextTranscript = {
      manifest: release.manifest,
      request,
      generation: await wholeAnswer(backend.generate(release, request)),
      execution: { backend: backend.name, proves: backend.proves },
      salt: id("salt of one request") as Hex,
    };
    const { input, output } = textWords(release.release, transcript);
    const statement = {
      release: release.id,
      request: parseRequestId(id("text request")),
      operator: parseAddress(operator!.address),
      inputHash: hashOfWords(input),
      outputHash: hashOfWords(output),
    };
    const data = statementTypedData(domain, statement);
    const signature = await operator!.signTypedData(data.domain, data.types, data.value);
    return {
      domain,
      statement,
      input,
      output,
      evidence: [{ kind: "signature", signature: signature as Hex, path: [] }],
      release: release.release,
      circuit: null,
      transcript,
    };
  }

  /** What the contract answers. */
  async function outcome({ statement, input, output, evidence }: Receipt): Promise<string> {
    const { release, request, operator } = statement;
    const claim = { release, request, operator, input: [...input], output: [...output] };
    try {
      await vouch.router.assess({ ...claim, evidence: evidence.map(encodeEvidence) });
      return "accepted";
    } catch (error) {
      return findContractError(error)?.name ?? String(error);
    }
  }
});

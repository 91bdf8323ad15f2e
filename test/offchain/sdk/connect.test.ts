import { ProtocolError } from "@vouch/protocol";
import { SdkError } from "@vouch/sdk";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { lostConnection, NOBODY, openApplication, openWire } from "../../helpers/sdkApplication.ts";

const { ethers, networkHelpers } = connection;

describe("connect", () => {
  it("takes a signer, a provider of ethers and one of EIP-1193", async () => {
    const { open, scenario } = await openApplication();
    const own = scenario.requester.address.toLowerCase();
    const wallet = openWire([scenario.requester.address]);
    expect(await (await open()).account()).to.equal(own);
    expect(await (await open({ provider: ethers.provider })).account()).to.equal(null);
    expect(await (await open({ provider: wallet.provider })).account()).to.equal(own);
    expect(wallet.calls).to.not.include("eth_requestAccounts");
  });

  it("takes the deployment of its chain among several", async () => {
    const { open, deployment } = await openApplication();
    const { chainId } = deployment;
    const vouch = await open({ deployment: { 1: "unread", [chainId]: deployment } });
    expect(vouch.deployment).to.deep.equal(deployment);
    expect(vouch.domain).to.deep.equal({
      chainId: BigInt(chainId),
      router: deployment.evidenceRouter,
    });
  });

  it("refuses another chain, naming both", async () => {
    const { open, deployment } = await openApplication();
    for (const [given, expected] of [
      [{ ...deployment, chainId: "31361" }, ["31361"]],
      [{ 31361: deployment, 31362: deployment }, ["31361", "31362"]],
    ] as const) {
      const error = await open({ deployment: given }).catch((it: unknown) => it);
      expect(error).to.be.instanceOf(SdkError);
      const { chainId } = deployment;
      expect((error as SdkError).data).to.deep.equal({
        ...{ code: "CHAIN_MISMATCH", expected, found: chainId },
      });
    }
  });

  it("refuses a chain without the contracts, or with others", async () => {
    const { open, deployment } = await openApplication();
    const codes = {
      NOT_DEPLOYED: { inferenceRequests: NOBODY },
      DEPLOYMENT_MISMATCH: { evidenceRouter: deployment.inferenceRequests },
    };
    for (const [code, change] of Object.entries(codes)) {
      const opening = open({ deployment: { ...deployment, ...change } });
      expect(await codeOfPromise(opening)).to.equal(code);
    }
    for (const field of ["modelRegistry", "circuitRegistry", "stakeVault"]) {
      const error = await open({ deployment: { ...deployment, [field]: NOBODY } }).catch(
        (it: unknown) => it,
      );
      expect((error as SdkError).data).to.include({ code: "DEPLOYMENT_MISMATCH", field });
    }
  });

  it("refuses the mock of the test kit", async () => {
    const { open, deployment } = await openApplication();
    const mock = await ethers.deployContract("MockVouch");
    const address = (await mock.getAddress()).toLowerCase();
    const parts = {
      inferenceRequests: address,
      evidenceRouter: (await mock.router()).toLowerCase(),
      modelRegistry: (await mock.models()).toLowerCase(),
      circuitRegistry: (await mock.circuits()).toLowerCase(),
      stakeVault: (await mock.vault()).toLowerCase(),
    };
    const error = await open({ deployment: { ...deployment, ...parts } }).catch(
      (it: unknown) => it,
    );
    const { chainId } = deployment;
    expect((error as SdkError).data).to.deep.equal({ code: "MOCK_DEPLOYED", chainId, address });
  });

  it("refuses a chain that was started afresh under the same id", async () => {
    const { open, deployment } = await openApplication();
    for (const change of [{ anchor: `0x${"ab".repeat(32)}` }, { fromBlock: 1_000_000 }]) {
      const error = await open({ deployment: { ...deployment, ...change } }).catch(
        (it: unknown) => it,
      );
      expect((error as SdkError).data).to.include({ code: "DEPLOYMENT_MISMATCH", field: "anchor" });
    }
  });

  it("refuses what is no deployment, and what is no provider", async () => {
    const { open } = await openApplication();
    for (const deployment of [null, 7, "{}", { chainId: "31337" }]) {
      const error = await open({ deployment }).catch((it: unknown) => it);
      expect(error).to.be.instanceOf(ProtocolError);
    }
    const provider = {} as never;
    expect(await codeOfPromise(open({ provider }))).to.equal("PROVIDER_INVALID");
  });

  describe("when the endpoint fails", () => {
    it("tries again, up to the attempts that it was given", async () => {
      const { open } = await openApplication();
      const wire = openWire();
      let failures = 3;
      wire.before = () => {
        if (failures-- > 0) throw lostConnection();
      };
      const vouch = await open({ provider: wire.provider });
      expect(await vouch.contracts.requests.router()).to.be.a("string");
      wire.before = () => {
        throw lostConnection();
      };
      const opening = open({ provider: wire.provider, retry: { attempts: 2, delayMs: 1 } });
      expect(await codeOfPromise(opening)).to.equal("RPC_UNAVAILABLE");
    });

    it("stops when the signal aborts", async () => {
      const { open } = await openApplication();
      const controller = new AbortController();
      const wire = openWire();
      wire.before = () => {
        controller.abort();
        return new Promise(() => undefined); // never answers
      };
      const opening = open({ provider: wire.provider, signal: controller.signal });
      expect(await codeOfPromise(opening)).to.equal("ABORTED");
    });
  });

  after(() => networkHelpers.mine());
});

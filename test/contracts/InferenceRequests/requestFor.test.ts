import { expect } from "chai";
import type { Hex } from "@vouch/protocol";
import { decodeRequestParams, requestTypedData } from "@vouch/protocol";
import { Signature, ZeroAddress, toBeHex } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { signRequest } from "../../helpers/fundingScenario.ts";
import { ETHER, deployScenario, escrowOf, signature, zk } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const MOOD = { honest: 0n, denying: 1n, burning: 2n } as const;

async function signed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { requester, params, requests, stranger } = scenario;
  const terms = await params();
  const proof = await signRequest(scenario, requester, terms);
  const value = escrowOf(terms);
  const send = async (bytes = proof, as: string = requester.address, sent = terms) =>
    requests.connect(stranger).requestFor(as, sent, bytes, { value });
  const request = await requests.requestIdOf(requester, terms.nonce);
  return { ...scenario, terms, proof, value, send, request };
}

describe("InferenceRequests.requestFor", () => {
  it("escrows from the sender what the requester signed", async () => {
    const { requests, requester, stranger, request, value, send } = await signed();
    await expect(send()).to.changeEtherBalances(
      ethers,
      [stranger, requester, requests],
      [-value, 0n, value],
    );
    expect(await requests.requesterOf(request)).to.equal(requester.address);
  });

  it("agrees with what the SDK signs, for every part of a policy", async () => {
    const scenario = await signed();
    const { requests, requester, params } = scenario;
    const either = { anyOf: [signature, zk()] };
    const policy = { allOf: [either, { anyOf: [signature] }], minStake: ETHER };
    const terms = await params({ policy, cover: 3n, provisionalGas: 0n });
    const bytes = await signRequest(scenario, requester, terms);
    await requests.requestFor(requester, terms, bytes, { value: escrowOf(terms) });
  });

  it("refunds the requester, and only at its word", async () => {
    const { requests, requester, stranger, terms, request, value, send } = await signed();
    await send();
    await expect(requests.connect(stranger).cancel(request, terms)).to.be.revertedWithCustomError(
      requests,
      "RequestNotByRequester",
    );
    await requests.connect(requester).cancel(request, terms);
    expect(await requests.creditOf(ZeroAddress, requester)).to.equal(value);
    expect(await requests.creditOf(ZeroAddress, stranger)).to.equal(0n);
  });

  describe("when the requester has used the nonce", () => {
    it("reverts with RequestNonceUsed, also once the request is cancelled", async () => {
      const { requests, requester, terms, request, send } = await signed();
      await send();
      const error = [requests, "RequestNonceUsed"] as const;
      await expect(send())
        .to.be.revertedWithCustomError(...error)
        .withArgs(requester.address, terms.nonce);
      await requests.connect(requester).cancel(request, terms);
      await expect(send()).to.be.revertedWithCustomError(...error);
    });

    it("lets another requester use the same", async () => {
      const scenario = await signed();
      const { rival, terms, send } = scenario;
      await send();
      await send(await signRequest(scenario, rival, terms), rival.address);
    });
  });

  describe("when it was signed too long ago", () => {
    it("reverts with RequestDeadlineInvalid", async () => {
      const { requests, terms, send } = await signed();
      await networkHelpers.time.increaseTo(terms.lockDeadline);
      await expect(send()).to.be.revertedWithCustomError(requests, "RequestDeadlineInvalid");
    });
  });

  describe("when the signature is not the requester's over these parameters, here", () => {
    it("reverts with RequestSignatureInvalid", async () => {
      const scenario = await signed();
      const { requests, requester, stranger, terms, proof, domain, send } = scenario;
      const invalid = [requests, "RequestSignatureInvalid"] as const;
      const { r, s, v } = Signature.from(proof);
      const malleated = `${r}${toBeHex(CURVE_ORDER - BigInt(s), 32).slice(2)}${v === 27 ? "1c" : "1b"}`;
      const at = (await requests.getAddress()) as Hex;
      const signFor = async (chainId: bigint, contract: Hex) => {
        const params = decodeRequestParams(terms);
        const as = requester.address as Hex;
        const typed = requestTypedData({ chainId, requests: contract }, as, params);
        return requester.signTypedData(typed.domain, typed.types, typed.value);
      };
      expect(await signFor(domain.chainId, at)).to.equal(proof);
      const forgeries: Record<string, string> = {
        "another signer's": await signRequest(scenario, stranger, terms, requester.address),
        "one over another requester": await signRequest(
          scenario,
          requester,
          terms,
          stranger.address,
        ),
        "one for another chain": await signFor(domain.chainId + 1n, at),
        "one for another contract": await signFor(domain.chainId, domain.router as Hex),
        "the other half of the curve": malleated,
        "one byte short": proof.slice(0, -2),
        "one byte long": `${proof}00`,
        empty: "0x",
      };
      for (const [what, bytes] of Object.entries(forgeries)) {
        await expect(send(bytes), what).to.be.revertedWithCustomError(...invalid);
      }
      await expect(send(proof, ZeroAddress), "for nobody").to.be.revertedWithCustomError(
        ...invalid,
      );
      await expect(send("0x", ZeroAddress), "by nobody").to.be.revertedWithCustomError(...invalid);
    });

    it("reverts with RequestSignatureInvalid for every parameter that was changed", async () => {
      const { requests, requester, terms, send } = await signed();
      for (const [name, value] of Object.entries(terms)) {
        const changed = {
          ...terms,
          ...(typeof value === "bigint" ? { [name]: value + 1n } : {}),
          ...(name === "release" ? { release: toBeHex(BigInt(terms.release) ^ 1n, 32) } : {}),
          ...(name === "token" ? { token: requester.address } : {}),
          ...(name === "input" ? { input: [] } : {}),
          ...(name === "policy" ? { policy: { allOf: [], minStake: 0n } } : {}),
        };
        await expect(send(undefined, undefined, changed), name).to.be.revertedWithCustomError(
          requests,
          "RequestSignatureInvalid",
        );
      }
    });
  });

  describe("given a requester that is a contract (ERC-1271)", () => {
    const withWallet = async () => {
      const scenario = await signed();
      const wallet = await ethers.deployContract("WalletMock", [scenario.requester]);
      const at = await wallet.getAddress();
      const bytes = await signRequest(scenario, scenario.requester, scenario.terms, at);
      return { ...scenario, wallet, sendFor: async (proof = bytes) => scenario.send(proof, at) };
    };

    it("asks in its name what it recognises as its own", async () => {
      const { requests, wallet, terms, sendFor } = await withWallet();
      await sendFor();
      const request = await requests.requestIdOf(wallet, terms.nonce);
      expect(await requests.requesterOf(request)).to.equal(await wallet.getAddress());
    });

    it("reverts with RequestSignatureInvalid where it does not, or burns all gas", async () => {
      const { requests, wallet, proof, sendFor } = await withWallet();
      const invalid = [requests, "RequestSignatureInvalid"] as const;
      await expect(sendFor(proof)).to.be.revertedWithCustomError(...invalid);
      for (const mood of [MOOD.denying, MOOD.burning]) {
        await wallet.feel(mood);
        await expect(sendFor()).to.be.revertedWithCustomError(...invalid);
      }
    });

    it("reverts with RequestSignatureInvalid for a contract that knows no signatures", async () => {
      const { requests, router, proof, send } = await signed();
      await expect(send(proof, await router.getAddress())).to.be.revertedWithCustomError(
        requests,
        "RequestSignatureInvalid",
      );
    });
  });
});

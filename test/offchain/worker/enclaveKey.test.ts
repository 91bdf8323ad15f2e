import { inspect } from "node:util";
import { makeEnclaveKey } from "@vouch/worker";
import { expect } from "chai";
import { id, recoverAddress } from "ethers";
import type { Hex } from "@vouch/protocol";

const DIGEST = id("statement") as Hex;

describe("makeEnclaveKey", () => {
  it("signs as the address that it tells, with a low s in 65 bytes", () => {
    const key = makeEnclaveKey();
    const signature = key.signDigest(DIGEST);
    expect(recoverAddress(DIGEST, signature).toLowerCase()).to.equal(key.address);
    expect(signature).to.match(/^0x[0-9a-f]{128}1[bc]$/);
    const s = BigInt(`0x${signature.slice(66, 130)}`);
    expect(s < 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1n).to.equal(true);
  });

  it("makes another key each time", () => {
    const addresses = Array.from({ length: 20 }, () => makeEnclaveKey().address);
    expect(new Set(addresses).size).to.equal(20);
  });

  it("lets nothing out but an address and signatures", () => {
    const key = makeEnclaveKey();
    expect(Reflect.ownKeys(key)).to.deep.equal(["address", "signDigest"]);
    expect(JSON.parse(JSON.stringify(key))).to.deep.equal({ address: key.address });
    const shown = inspect(key, { showHidden: true, depth: 50, getters: true, showProxy: true });
    expect(shown).to.include(key.address);
    expect(shown).to.not.match(/[0-9a-f]{64}/i); // no 32 bytes in digits
    expect(shown).to.not.match(/Uint8Array|Buffer|SigningKey|bigint/);
    expect(() => structuredClone(key)).to.throw(); // what a function holds cannot be handed on
  });
});

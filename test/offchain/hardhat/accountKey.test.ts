import { expect } from "chai";
import { Wallet } from "ethers";
import hre from "hardhat";
import { accountKey } from "../../../offchain/hardhat/tasks/accountKey.ts";
import type { Connection } from "../../../offchain/hardhat/tasks/openChain.ts";

/** Account 1 of Hardhat's own mnemonic. */
const SECOND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/** A network of that form, of which nothing is asked. */
const networkOf = (accounts: unknown): Pick<Connection, "networkConfig"> =>
  ({ networkConfig: { type: "http", accounts } }) as unknown as Pick<Connection, "networkConfig">;
const variable = (value: string): unknown => ({
  get: () => Promise.resolve(value),
  getHexString: () => Promise.resolve(value),
});

describe("accountKey", () => {
  const own = new Wallet(`0x${"5e".repeat(32)}`);

  it("takes a key of the network's own", async () => {
    const network = networkOf([variable(`0x${"11".repeat(32)}`), variable(own.privateKey)]);
    expect((await accountKey(own.address, network, hre))?.privateKey).to.equal(own.privateKey);
  });

  it("derives it from the network's mnemonic", async () => {
    const mnemonic = variable("test test test test test test test test test test test junk ");
    const hd = { mnemonic, passphrase: variable(""), path: "m/44'/60'/0'/0" };
    const network = networkOf({ ...hd, initialIndex: 0, count: 2 });
    expect((await accountKey(SECOND, network, hre))?.address).to.equal(SECOND);
    const fewer = networkOf({ ...hd, initialIndex: 0, count: 1 });
    expect(await accountKey(SECOND, fewer, hre)).to.equal(undefined);
  });

  it("knows the accounts of a node of Hardhat's, and none that another node has alone", async () => {
    const network = networkOf("remote");
    expect((await accountKey(SECOND, network, hre))?.address).to.equal(SECOND);
    expect(await accountKey(own.address, network, hre)).to.equal(undefined);
  });
});

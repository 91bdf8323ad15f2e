import { freshFor } from "@vouch/worker";
import { expect } from "chai";

describe("freshFor", () => {
  let clock = 0;
  let looks = 0;
  let isDown = false;
  const look = (): Promise<number> => {
    looks += 1;
    return isDown ? Promise.reject(new Error("down")) : Promise.resolve(looks);
  };
  const ask = (): (() => Promise<number>) => freshFor(1_000, look, () => clock);
  beforeEach(() => {
    [clock, looks, isDown] = [5_000, 0, false];
  });

  it("looks once for all who ask in its time, and anew behind it", async () => {
    const asked = ask();
    expect(await Promise.all([asked(), asked()])).to.deep.equal([1, 1]);
    clock += 999;
    expect(await asked()).to.equal(1);
    clock += 1;
    expect(await asked()).to.equal(2);
    expect(looks).to.equal(2);
  });

  it("gives a failure to all of them, and looks again behind its time", async () => {
    const asked = ask();
    isDown = true;
    const failed = await Promise.allSettled([asked(), asked()]);
    expect(failed.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
    expect(looks).to.equal(1);
    isDown = false;
    clock += 1_000;
    expect(await asked()).to.equal(2);
  });
});

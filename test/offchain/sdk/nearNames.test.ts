import { nearNames } from "@vouch/sdk";
import { expect } from "chai";

describe("nearNames", () => {
  const names = [
    "credit-german-mlp",
    "credit-german-tree",
    "mnist-cnn",
    "mnist-mlp",
    "heart-forest",
  ];

  for (const [wanted, near] of [
    ["credit-german-mpl", ["credit-german-mlp", "credit-german-tree"]],
    ["Mnist-CNN", ["mnist-cnn", "mnist-mlp"]],
    ["mnist", ["mnist-cnn", "mnist-mlp"]],
    ["hart-forest", ["heart-forest"]],
    ["vol-eth-lstm", []],
    ["", []],
  ] as const) {
    it(`finds ${near.length} for "${wanted}"`, () => {
      expect(nearNames(wanted, names)).to.deep.equal(near);
    });
  }

  it("names each once, and three at most, however long names are", () => {
    const many = [
      ...names,
      ...names,
      "credit-german-mlx",
      "credit-german-mly",
      "a".repeat(1 << 20),
    ];
    const near = nearNames("credit-german-mlp", many);
    expect(near).to.have.length(3);
    expect(near[0]).to.equal("credit-german-mlp");
    expect(new Set(near).size).to.equal(3);
  });
});

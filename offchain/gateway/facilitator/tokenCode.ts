import type { FacilitatorEvmSigner } from "@x402/evm";

/** A signer that asks a node once for the code of each token. */
export type TokenCodeSigner = {
  readonly signer: FacilitatorEvmSigner;
  /** Asks for a token's code where it is not known; to be awaited before the packages verify or settle by this token. */
  readonly know: (token: string) => Promise<void>;
};

/**
 * Remembers of tokens that they are contracts, which they stay. The packages begin to ask for that beside their other questions, and where
 * one of those fails they look at the answer no more: were it a failure, too, nobody would handle it, and the process would end.
 */
export function withTokenCode(signer: FacilitatorEvmSigner): TokenCodeSigner {
  const codes = new Map<string, `0x${string}`>();
  return {
    signer: {
      ...signer,
      getCode: (args) => {
        const known = codes.get(args.address.toLowerCase());
        return known === undefined ? signer.getCode(args) : Promise.resolve(known);
      },
    },
    async know(token) {
      const address = token.toLowerCase() as `0x${string}`;
      if (codes.has(address)) return;
      const code = await signer.getCode({ address });
      if (code !== undefined && code !== "0x") codes.set(address, code);
    },
  };
}

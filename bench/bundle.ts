import { measureBundle } from "./bundle/measureBundle.ts";

/** What of the SDK a page loads: `npm run bench:bundle` prints bytes as JSON. */
const ENTRIES = {
  everything: 'export * from "@vouch/sdk";',
  connect: 'export { connect } from "@vouch/sdk";',
  verifyReceipt:
    'export { verifyReceipt } from "@vouch/sdk"; export { parseReceipt } from "@vouch/protocol";',
  ethersAlone: 'export { BrowserProvider, Contract, Interface } from "ethers";',
};

const sizes = Object.entries(ENTRIES).map(
  async ([name, code]) => [name, await measureBundle(code)] as const,
);
console.log(JSON.stringify(Object.fromEntries(await Promise.all(sizes)), null, 2));

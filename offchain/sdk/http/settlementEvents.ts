import { Interface } from "ethers";

/** What shows on the chain that a payment was taken: of a token, by EIP-3009 and EIP-20. */
export const TOKEN_EVENTS: Interface = new Interface([
  "event AuthorizationUsed(address indexed authorizer, bytes32 indexed nonce)",
  "event Transfer(address indexed from, address indexed to, uint256 value)",
]);

/** Of `InferenceRequests`. */
export const REQUEST_EVENTS: Interface = new Interface([
  "event RequestSettled(bytes32 indexed id, uint256 paid, uint256 royalty, uint256 surplus)",
]);

/** Of `ReceiptLedger`. */
export const LEDGER_EVENTS: Interface = new Interface([
  "event ItemPaid(uint256 indexed batch, bytes32 indexed channel, uint256 index, uint256 nonce, uint256 amount)",
]);

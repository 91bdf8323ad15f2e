// ABIs of the contracts whose events tell what happened, for who reads a chain without ethers. Apart from the package's surface:
// whoever speaks to contracts has their types there.
export { CIRCUIT_REGISTRY_ABI } from "./abi/CircuitRegistry.ts";
export { DISPUTES_ABI } from "./abi/Disputes.ts";
export { ENCLAVE_REGISTRY_ABI } from "./abi/EnclaveRegistry.ts";
export { INFERENCE_REQUESTS_ABI } from "./abi/InferenceRequests.ts";
export { MODEL_FEED_ABI } from "./abi/ModelFeed.ts";
export { MODEL_REGISTRY_ABI } from "./abi/ModelRegistry.ts";
export { QUORUM_ABI } from "./abi/Quorum.ts";
export { RECEIPT_LEDGER_ABI } from "./abi/ReceiptLedger.ts";
export { SCHEDULER_ABI } from "./abi/Scheduler.ts";
export { SIGNATURE_EVIDENCE_ABI } from "./abi/SignatureEvidence.ts";
export { STAKE_VAULT_ABI } from "./abi/StakeVault.ts";

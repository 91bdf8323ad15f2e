// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {EvidenceKind} from "./Evidence.sol";

/// @notice The evidence that was in fact verified for a statement; one storage slot.
/// @param kinds Bit `i` is set where evidence of `EvidenceKind(i)` was verified.
/// @param flags `DEVELOPMENT_SETUP`, `UNATTESTED_SETUP`, `SIMULATED_ENCLAVE`, `EXTERNAL_VERIFIER`,
/// `QUORUM_ARBITRATION`, `VOUCHED_ENCLAVE`.
/// @param quorumK Operators that agreed, or under `QUORUM_ARBITRATION` would have had to: of both the fewer.
/// @param quorumN Operators that were asked, or would have been; 0 without a quorum. Of both panels, as many as make the
/// share no greater than either's, rounded up.
/// @param minTcb TCB status of the enclave, by rank; 0 without tee evidence.
/// @param tolerance Output units by which the operators that agreed may differ from the output; 0 without quorum evidence.
/// @param window Challenge window in seconds that has passed; 0 without optimistic evidence.
/// @param stakeAtRisk Wei of the operator's stake behind this statement when it was verified.
struct Assurance {
    uint8 kinds;
    uint8 flags;
    uint8 quorumK;
    uint8 quorumN;
    uint8 minTcb;
    uint32 tolerance;
    uint40 window;
    uint128 stakeAtRisk;
}

/// @dev The circuit was registered as a one-party development set-up: its maker can forge proofs.
uint8 constant DEVELOPMENT_SETUP = 1;
/// @dev Nobody at all has attested on-chain that the circuit's set-up transcript verifies.
/// Warning: anyone can attest, so its absence is no trust; whose attestation counts, a policy says.
uint8 constant UNATTESTED_SETUP = 2;
/// @dev The attestation chains to a simulated root and proves nothing.
uint8 constant SIMULATED_ENCLAVE = 4;
/// @dev The proof was verified by a contract that the release's publisher declared, for a program that it declared: neither
/// is of this protocol.
uint8 constant EXTERNAL_VERIFIER = 8;
/// @dev A challenge would have been decided by operators that run the model again, not by a proof.
uint8 constant QUORUM_ARBITRATION = 16;
/// @dev Registrars say that they verified the enclave's attestation; this protocol did not.
uint8 constant VOUCHED_ENCLAVE = 32;

using {has} for Assurance global;

/// @notice Returns whether evidence of `kind` was verified.
function has(Assurance memory self, EvidenceKind kind) pure returns (bool) {
    return self.kinds & (1 << uint8(kind)) != 0;
}

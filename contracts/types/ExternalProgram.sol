// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice How an external verifier is called, and what its program's public values are.
/// @dev The order is frozen: it is in every pin.
enum ProofShape {
    RiscZero,
    Sp1,
    Ezkl
}

/// @notice A program of another proof system that proves a release, and the contract that verifies its proofs.
/// @param shape How the verifier is called.
/// @param verifier RISC Zero: a verifier or router. SP1: a verifier or gateway. EZKL: the verifier of this one circuit.
/// @param program RISC Zero: the image id. SP1: the program's verifying key. EZKL: see
/// `IExternalPrograms.ezklProgramOf`.
struct ExternalProgram {
    ProofShape shape;
    address verifier;
    bytes32 program;
}

using {toPin} for ExternalProgram global;

/// @notice Returns what a policy names to accept proofs of this program (`SetupTrust.External`).
function toPin(ExternalProgram memory self) pure returns (bytes32) {
    return keccak256(abi.encode(self.shape, self.verifier, self.program));
}

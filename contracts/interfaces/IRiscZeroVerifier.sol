// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IRiscZeroVerifier
/// @notice What is called of a RISC Zero verifier or verifier router (risc0-ethereum 1.x and later).
interface IRiscZeroVerifier {
    /// @notice Returns nothing for a valid proof that the guest halted with exit code 0, and reverts otherwise.
    /// @param seal Proof, which begins with the selector of its verifier.
    /// @param imageId Program.
    /// @param journalDigest SHA-256 of the bytes that the guest committed to.
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view;
}

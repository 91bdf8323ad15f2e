// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title ISP1Verifier
/// @notice What is called of an SP1 verifier or verifier gateway.
interface ISP1Verifier {
    /// @notice Returns nothing for a valid proof and reverts otherwise.
    /// @param programVKey Program.
    /// @param publicValues Bytes that the program committed to.
    /// @param proofBytes Proof, which begins with the selector of its verifier.
    function verifyProof(bytes32 programVKey, bytes calldata publicValues, bytes calldata proofBytes) external view;
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IEzklVerifier
/// @notice What is called of a verifier that EZKL generates for one circuit.
interface IEzklVerifier {
    /// @notice Returns whether the proof is valid for the instances; some versions revert where it is not.
    function verifyProof(bytes calldata proof, uint256[] calldata instances) external view returns (bool);
}

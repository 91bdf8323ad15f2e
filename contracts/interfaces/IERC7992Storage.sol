// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IERC7992Storage
/// @notice Optional storage of verified inferences of ERC-7992 (draft).
interface IERC7992Storage {
    event InferenceStored(bytes32 indexed inferenceId);

    /// @notice Verifies an inference, stores it, and returns `keccak256(modelId ‖ inputCommitment ‖ output)`.
    function verifyAndStoreInference(
        uint256 modelId,
        bytes32 inputCommitment,
        bytes calldata output,
        bytes calldata proof
    ) external returns (bytes32 inferenceId);

    /// @notice Returns a stored inference.
    function getInference(
        bytes32 inferenceId
    ) external view returns (uint256 modelId, bytes32 inputCommitment, bytes memory output);
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IERC7992Verifier
/// @notice Verifier of inferences of ERC-7992 (draft).
/// @dev The draft calls the last two functions optional and yet declares them here; the ERC-165 id counts all three.
interface IERC7992Verifier {
    event InferenceVerified(
        uint256 indexed modelId,
        bytes32 indexed inputCommitment,
        bytes output,
        address indexed caller
    );

    error InvalidProof();
    /// @notice The proof is not of the given model.
    error ModelMismatch();
    error InputCommitmentMismatch();
    error OutputMismatch();
    error UnsupportedProofSystem(bytes4 proofSystemId);
    // The draft's name.
    // solhint-disable-next-line func-name-mixedcase
    error VerificationRefused_ModelDeprecated(uint256 modelId);

    /// @notice Reverts unless the proof shows that the model gave the output for the committed input.
    function verifyInference(
        uint256 modelId,
        bytes32 inputCommitment,
        bytes calldata output,
        bytes calldata proof
    ) external;

    /// @notice Returns the proof system of a registered model.
    function proofSystemOf(uint256 modelId) external view returns (bytes4);

    /// @notice Returns the registry that models are looked up in.
    function registry() external view returns (address registryAddress);
}

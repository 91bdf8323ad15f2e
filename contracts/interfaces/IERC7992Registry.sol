// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IERC7992Registry
/// @notice Registry of models of ERC-7992 (draft), corrected so that it compiles.
/// @dev The draft's error `ModelDeprecated` has the name of its event, which Solidity refuses: here it is
/// `ModelAlreadyDeprecated`. Functions, events and hence the ERC-165 id are the draft's.
interface IERC7992Registry {
    /// @param modelHash Hash of weights and architecture.
    /// @param circuitHash Hash of the arithmetic circuit.
    /// @param vkHash Hash of the verifying key.
    /// @param proofSystemId First four bytes of the hash of the proof system's name.
    /// @param uri Where metadata lies.
    struct ModelCommitment {
        bytes32 modelHash;
        bytes32 circuitHash;
        bytes32 vkHash;
        bytes4 proofSystemId;
        string uri;
    }

    event ModelRegistered(uint256 indexed modelId, address indexed owner, ModelCommitment commitment);
    event ModelUpdated(uint256 indexed modelId, ModelCommitment oldCommitment, ModelCommitment newCommitment);
    event ModelDeprecated(uint256 indexed modelId);

    error ModelNotFound(uint256 modelId);
    error NotModelOwner(uint256 modelId, address caller);
    error ModelAlreadyDeprecated(uint256 modelId);

    /// @notice Registers a model and returns its id.
    function registerModel(ModelCommitment calldata commitment) external returns (uint256 modelId);

    /// @notice Changes a model's commitment, by its owner.
    function updateModel(uint256 modelId, ModelCommitment calldata newCommitment) external;

    /// @notice Marks a model as no longer to be used, by its owner.
    function deprecateModel(uint256 modelId) external;

    /// @notice Returns what was registered of a model.
    function getModel(
        uint256 modelId
    ) external view returns (ModelCommitment memory commitment, bool deprecated, address owner);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IERC7992Registry} from "../interfaces/IERC7992Registry.sol";
import {IERC7992Storage} from "../interfaces/IERC7992Storage.sol";
import {IERC7992Verifier} from "../interfaces/IERC7992Verifier.sol";
import {IEvidenceRouter} from "../interfaces/IEvidenceRouter.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IVerifiableInference} from "../interfaces/IVerifiableInference.sol";
import {Policies} from "../libraries/Policies.sol";
import {Words} from "../libraries/Words.sol";
import {BatchCircuit} from "../types/Batches.sol";
import {ProofSystem} from "../types/Circuit.sol";
import {CommittedCircuit} from "../types/CommittedCircuit.sol";
import {Evidence} from "../types/Evidence.sol";
import {CircuitId, ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy, SetupTrust} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";

/// @title VerifiableInference
/// @notice Receipts seen through ERC-7992: registry, verifier and storage in one contract.
/// @dev Holds nothing and decides nothing: the router verifies, and a proof under the set-ups that this contract was made to trust is demanded.
contract VerifiableInference is IVerifiableInference, ERC165 {
    using Words for bytes;

    struct Model {
        address owner;
        bool deprecated;
        ModelCommitment commitment;
    }

    struct Inference {
        uint256 modelId;
        bytes32 inputCommitment;
        bytes output;
    }

    /// @notice The proof systems of circuits, by the draft's rule for names.
    bytes4 public constant GROTH16 = bytes4(keccak256("groth16-bn254-v1"));
    bytes4 public constant COMMITTED_GROTH16 = bytes4(keccak256("committed-groth16-bn254-v1"));

    bytes32 private constant INPUT_TAG = keccak256("vouch.erc7992.input.v1");

    IEvidenceRouter public immutable router;

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;
    SetupTrust private immutable _trust;
    bytes32 private immutable _pin;

    mapping(uint256 modelId => Model model) private _registered;
    mapping(bytes32 inferenceId => Inference inference) private _inferences;

    /// @param trust Which set-ups of a model's circuit are trusted, and `pin`: see `SetupTrust`.
    constructor(
        IEvidenceRouter router_,
        IModelRegistry models,
        ICircuitRegistry circuits,
        SetupTrust trust,
        bytes32 pin
    ) {
        router = router_;
        _models = models;
        _circuits = circuits;
        _trust = trust;
        _pin = pin;
    }

    /// @inheritdoc IERC7992Registry
    /// @dev Only by the publisher of the release, who is then the model's owner.
    function registerModel(ModelCommitment calldata commitment) external returns (uint256 modelId) {
        ReleaseId release = ReleaseId.wrap(commitment.modelHash);
        modelId = uint256(commitment.modelHash);
        IModelRegistry.ReleaseRecord memory record = _models.releaseOf(release);
        require(_registered[modelId].owner == address(0), ModelAlreadyRegistered(modelId));
        require(msg.sender == record.publisher, NotModelOwner(modelId, msg.sender));
        require(record.circuit != CircuitId.wrap(0), ModelWithoutCircuit(modelId));
        require(
            commitment.proofSystemId == _proofSystemOf(record.circuit),
            UnsupportedProofSystem(commitment.proofSystemId)
        );
        bytes32 circuitHash = CircuitId.unwrap(record.circuit);
        bytes32 vkHash = vkHashOf(record.circuit);
        require(
            commitment.circuitHash == circuitHash && commitment.vkHash == vkHash,
            ModelCommitmentMismatch(circuitHash, vkHash)
        );
        router.requireSatisfiable(_policy(), release);

        _registered[modelId] = Model({owner: msg.sender, deprecated: false, commitment: commitment});

        emit ModelRegistered(modelId, msg.sender, commitment);
    }

    /// @inheritdoc IERC7992Registry
    /// @dev Always reverts: the draft lets a registry want a new id for every change, and this one does.
    function updateModel(uint256 modelId, ModelCommitment calldata) external view {
        _requireOwner(modelId);
        revert ModelImmutable(modelId);
    }

    /// @inheritdoc IERC7992Registry
    function deprecateModel(uint256 modelId) external {
        _requireOwner(modelId);
        Model storage model = _registered[modelId];
        require(!model.deprecated, ModelAlreadyDeprecated(modelId));

        model.deprecated = true;

        emit ModelDeprecated(modelId);
    }

    /// @inheritdoc IERC7992Verifier
    function verifyInference(
        uint256 modelId,
        bytes32 inputCommitment,
        bytes calldata output,
        bytes calldata proof
    ) external {
        _requireInference(modelId, inputCommitment, output, proof);

        emit InferenceVerified(modelId, inputCommitment, output, msg.sender);
    }

    /// @inheritdoc IERC7992Storage
    function verifyAndStoreInference(
        uint256 modelId,
        bytes32 inputCommitment,
        bytes calldata output,
        bytes calldata proof
    ) external returns (bytes32 inferenceId) {
        // Two fields of 32 bytes and one that ends: packed, they read in one way only.
        inferenceId = keccak256(abi.encodePacked(modelId, inputCommitment, output));
        require(_inferences[inferenceId].inputCommitment == 0, InferenceAlreadyStored(inferenceId));
        _requireInference(modelId, inputCommitment, output, proof);

        _inferences[inferenceId] = Inference({modelId: modelId, inputCommitment: inputCommitment, output: output});

        emit InferenceVerified(modelId, inputCommitment, output, msg.sender);
        emit InferenceStored(inferenceId);
    }

    /// @inheritdoc IERC7992Registry
    function getModel(
        uint256 modelId
    ) external view returns (ModelCommitment memory commitment, bool deprecated, address owner) {
        Model storage model = _requireRegistered(modelId);
        return (model.commitment, model.deprecated, model.owner);
    }

    /// @inheritdoc IERC7992Verifier
    function proofSystemOf(uint256 modelId) external view returns (bytes4) {
        return _requireRegistered(modelId).commitment.proofSystemId;
    }

    /// @inheritdoc IERC7992Verifier
    function registry() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC7992Storage
    function getInference(
        bytes32 inferenceId
    ) external view returns (uint256 modelId, bytes32 inputCommitment, bytes memory output) {
        Inference storage inference = _inferences[inferenceId];
        require(inference.inputCommitment != 0, InferenceNotFound(inferenceId));
        return (inference.modelId, inference.inputCommitment, inference.output);
    }

    /// @inheritdoc IVerifiableInference
    function trusted() external view returns (SetupTrust trust, bytes32 pin) {
        return (_trust, _pin);
    }

    /// @inheritdoc IVerifiableInference
    function inputCommitmentOf(ReleaseId release, RequestId request, bytes32 inputHash) public view returns (bytes32) {
        return keccak256(abi.encode(INPUT_TAG, block.chainid, address(this), release, request, inputHash));
    }

    /// @inheritdoc IVerifiableInference
    function vkHashOf(CircuitId circuit) public view returns (bytes32) {
        CircuitId[] memory parts = _partsOf(circuit);
        if (parts.length == 0) return _keyHashOf(circuit);

        bytes32[] memory hashes = new bytes32[](parts.length);
        for (uint256 i = 0; i < parts.length; ++i) hashes[i] = _keyHashOf(parts[i]);
        return keccak256(abi.encodePacked(hashes));
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IERC7992Registry).interfaceId ||
            interfaceId == type(IERC7992Verifier).interfaceId ||
            interfaceId == type(IERC7992Storage).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    function _proofSystemOf(CircuitId circuit) private view returns (bytes4) {
        return _circuits.systemOf(circuit) == ProofSystem.Groth16 ? GROTH16 : COMMITTED_GROTH16;
    }

    /// @dev The circuits of a list, or of a family that of one inference first; none of a circuit.
    function _partsOf(CircuitId circuit) private view returns (CircuitId[] memory parts) {
        BatchCircuit[] memory batches = _circuits.batchesOf(circuit);
        if (batches.length == 0) return _circuits.segmentsOf(circuit);
        parts = new CircuitId[](batches.length + 1);
        parts[0] = _circuits.singleOf(circuit);
        for (uint256 i = 0; i < batches.length; ++i) parts[i + 1] = batches[i].circuit;
    }

    function _keyHashOf(CircuitId circuit) private view returns (bytes32) {
        if (_circuits.systemOf(circuit) == ProofSystem.Groth16) {
            return keccak256(abi.encode(_circuits.circuitOf(circuit).key));
        }
        CommittedCircuit memory committed = _circuits.committedCircuitOf(circuit);
        return keccak256(abi.encode(committed.circuit.key, committed.sigma, committed.weights));
    }

    function _requireInference(
        uint256 modelId,
        bytes32 inputCommitment,
        bytes calldata output,
        bytes calldata proof
    ) private view {
        require(!_requireRegistered(modelId).deprecated, VerificationRefused_ModelDeprecated(modelId));
        require(output.length % 32 == 0, OutputMismatch());
        Receipt memory receipt;
        receipt.release = ReleaseId.wrap(bytes32(modelId));
        receipt.output = output.fromBytes();
        (receipt.request, receipt.operator, receipt.input, receipt.evidence) = abi.decode(
            proof,
            (RequestId, address, uint256[], Evidence[])
        );
        bytes32 inputHash = keccak256(abi.encodePacked(receipt.input));
        bytes32 expected = inputCommitmentOf(receipt.release, receipt.request, inputHash);
        require(inputCommitment == expected, InputCommitmentMismatch());

        router.requireReceipt(receipt, _policy());
    }

    function _policy() private view returns (Policy memory) {
        return Policies.all(Policies.zk(_trust, _pin));
    }

    function _requireOwner(uint256 modelId) private view {
        require(msg.sender == _requireRegistered(modelId).owner, NotModelOwner(modelId, msg.sender));
    }

    function _requireRegistered(uint256 modelId) private view returns (Model storage model) {
        model = _registered[modelId];
        require(model.owner != address(0), ModelNotFound(modelId));
    }
}

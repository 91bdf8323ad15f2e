// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {CircuitCode} from "./libraries/CircuitCode.sol";
import {CircuitKeys} from "./libraries/CircuitKeys.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {WeightsProof} from "./libraries/WeightsProof.sol";
import {Circuit, ProofSystem, SetupClass, TensorEncoding, WeightsMode, WordMode} from "./types/Circuit.sol";
import {CommittedCircuit, WeightsCircuit, WeightsRegistration} from "./types/CommittedCircuit.sol";
import {CircuitId} from "./types/Ids.sol";
import {toSegmentsId} from "./types/Segments.sol";

/// @title CircuitRegistry
/// @notice Verifying keys as data: one generic verifier serves every circuit in here.
/// @dev No owner. The id commits to the contents, so a circuit never changes; it is kept as the code of an account.
contract CircuitRegistry is ICircuitRegistry, ERC165 {
    using CircuitCode for bytes;

    struct Entry {
        address pointer;
        SetupClass setup;
        uint88 attestations;
    }

    /// @dev Twice as many words and `W` stay below the 2^13 of docs/statement.md, section 6.
    uint256 private constant MAX_TENSOR_WORDS = 4095;
    /// @dev Where the two encodings, four words each, lie in `abi.encode(circuit)`.
    uint256 private constant ENCODINGS_START = 0x80;
    uint256 private constant ENCODINGS_END = 0x180;

    /// @dev Every verification reads the list. Proofs of some 64 fit one transaction; more are recorded one by one.
    uint256 private constant MAX_SEGMENTS = 256;

    mapping(CircuitId id => Entry entry) private _circuits;
    mapping(CircuitId id => address pointer) private _segments;
    mapping(CircuitId id => mapping(address verifier => bool attested)) private _attested;
    mapping(CircuitId id => mapping(uint256 weights => uint256[2] point)) private _weightsPoints;

    /// @inheritdoc ICircuitRegistry
    function register(Circuit calldata circuit) external returns (CircuitId id) {
        id = circuit.toId();
        _requireNew(id, circuit, ProofSystem.Groth16);
        CircuitKeys.requireKey(circuit.key, 0);

        address pointer = CodeStorage.write(abi.encode(circuit));
        _circuits[id] = Entry({pointer: pointer, setup: circuit.setup, attestations: 0});

        emit CircuitRegistered(id, msg.sender, circuit);
    }

    /// @inheritdoc ICircuitRegistry
    function registerCommitted(CommittedCircuit calldata circuit) external returns (CircuitId id) {
        id = circuit.toId();
        _requireNew(id, circuit.circuit, ProofSystem.CommittedGroth16);
        CircuitKeys.requireCommitted(circuit);

        bytes memory beside = abi.encode(circuit.sigma, circuit.weights);
        address pointer = CodeStorage.write(bytes.concat(abi.encode(circuit.circuit), beside));
        _circuits[id] = Entry({pointer: pointer, setup: circuit.circuit.setup, attestations: 0});

        emit CommittedCircuitRegistered(id, msg.sender, circuit);
    }

    /// @inheritdoc ICircuitRegistry
    function registerWeights(CircuitId id, uint256 weights, WeightsRegistration calldata registration) external {
        bytes memory code = CodeStorage.read(pointerOf(id));
        require(
            code.system() == ProofSystem.CommittedGroth16 && code.weights() == WeightsMode.Committed,
            CircuitWithoutWeights(id)
        );
        require(weights < Bn254.SCALAR_FIELD, WeightsNotCanonical(weights));
        uint256[2] storage point = _weightsPoints[id][weights];
        require(point[0] | point[1] == 0, WeightsAlreadyRegistered(id, weights));
        (, WeightsCircuit memory key) = _besideAt(pointerOf(id));
        require(WeightsProof.isProven(key, id, weights, registration), WeightsProofInvalid());

        _weightsPoints[id][weights] = registration.weights;

        emit WeightsRegistered(id, weights, registration);
    }

    /// @inheritdoc ICircuitRegistry
    function registerSegments(CircuitId[] calldata segments) external returns (CircuitId id) {
        id = toSegmentsId(segments);
        require(_segments[id] == address(0), CircuitAlreadyRegistered(id));
        require(
            1 < segments.length && segments.length <= MAX_SEGMENTS,
            SegmentCountInvalid(segments.length, MAX_SEGMENTS)
        );
        bytes memory before = CodeStorage.read(pointerOf(segments[0]));
        require(before.system() == ProofSystem.Groth16, SegmentSystemInvalid(0));
        for (uint256 i = 1; i < segments.length; ++i) {
            bytes memory circuit = CodeStorage.read(pointerOf(segments[i]));
            require(circuit.system() == ProofSystem.Groth16, SegmentSystemInvalid(i));
            require(circuit.weights() == before.weights(), SegmentWeightsInvalid(i));
            require(_isJoined(before.output(), circuit.input()), SegmentJoinInvalid(i));
            before = circuit;
        }

        _segments[id] = CodeStorage.write(abi.encode(segments));

        emit SegmentsRegistered(id, msg.sender, segments);
    }

    /// @inheritdoc ICircuitRegistry
    function attest(CircuitId id, bytes32 transcript) external {
        Circuit memory circuit = circuitOf(id);
        require(circuit.setup != SetupClass.Development, SetupIsDevelopment(id));
        require(circuit.transcript == transcript, SetupTranscriptMismatch(circuit.transcript, transcript));
        require(!_attested[id][msg.sender], SetupAlreadyAttested(id, msg.sender));

        _attested[id][msg.sender] = true;
        ++_circuits[id].attestations;

        emit SetupAttested(id, msg.sender, transcript);
    }

    /// @inheritdoc ICircuitRegistry
    function withdrawAttestation(CircuitId id) external {
        require(_attested[id][msg.sender], SetupNotAttested(id, msg.sender));

        delete _attested[id][msg.sender];
        --_circuits[id].attestations;

        emit SetupAttestationWithdrawn(id, msg.sender);
    }

    /// @inheritdoc ICircuitRegistry
    function encodingsOf(
        CircuitId id
    ) external view returns (TensorEncoding memory input, TensorEncoding memory output) {
        address pointer = _circuits[id].pointer;
        if (pointer != address(0)) return _encodingsAt(pointer);
        CircuitId[] memory segments = _requireSegmentsOf(id);
        (input, ) = _encodingsAt(pointerOf(segments[0]));
        (, output) = _encodingsAt(pointerOf(segments[segments.length - 1]));
    }

    /// @inheritdoc ICircuitRegistry
    function weightsModeOf(CircuitId id) external view returns (WeightsMode) {
        address pointer = _circuits[id].pointer;
        if (pointer == address(0)) pointer = pointerOf(_requireSegmentsOf(id)[0]);
        return CodeStorage.read(pointer).weights();
    }

    /// @inheritdoc ICircuitRegistry
    function setupOf(CircuitId id) external view returns (SetupClass setup, uint256 attestations) {
        Entry storage entry = _circuits[id];
        if (entry.pointer != address(0)) return (entry.setup, entry.attestations);
        CircuitId[] memory segments = _requireSegmentsOf(id);
        attestations = type(uint88).max;
        for (uint256 i = 0; i < segments.length; ++i) {
            entry = _circuits[segments[i]];
            if (entry.setup == SetupClass.Development) setup = SetupClass.Development;
            if (entry.attestations < attestations) attestations = entry.attestations;
        }
    }

    /// @inheritdoc ICircuitRegistry
    function isAttestedBy(CircuitId id, address verifier) external view returns (bool) {
        if (_attested[id][verifier]) return true;
        CircuitId[] memory segments = segmentsOf(id);
        for (uint256 i = 0; i < segments.length; ++i) {
            if (!_attested[segments[i]][verifier]) return false;
        }
        return segments.length > 0;
    }

    /// @inheritdoc ICircuitRegistry
    function committedCircuitOf(CircuitId id) external view returns (CommittedCircuit memory circuit) {
        circuit.circuit = circuitOf(id);
        require(circuit.circuit.system == ProofSystem.CommittedGroth16, CircuitSystemInvalid(circuit.circuit.system));
        (circuit.sigma, circuit.weights) = _besideAt(pointerOf(id));
    }

    /// @inheritdoc ICircuitRegistry
    function systemOf(CircuitId id) external view returns (ProofSystem) {
        if (_segments[id] != address(0)) return ProofSystem.Groth16;
        return CodeStorage.read(pointerOf(id)).system();
    }

    /// @inheritdoc ICircuitRegistry
    function weightsPointOf(CircuitId id, uint256 weights) external view returns (uint256[2] memory) {
        return _weightsPoints[id][weights];
    }

    /// @inheritdoc ICircuitRegistry
    function segmentsOf(CircuitId id) public view returns (CircuitId[] memory segments) {
        address pointer = _segments[id];
        if (pointer != address(0)) segments = abi.decode(CodeStorage.read(pointer), (CircuitId[]));
    }

    /// @inheritdoc ICircuitRegistry
    function circuitOf(CircuitId id) public view returns (Circuit memory) {
        return abi.decode(CodeStorage.read(pointerOf(id)), (Circuit));
    }

    /// @inheritdoc ICircuitRegistry
    function pointerOf(CircuitId id) public view returns (address pointer) {
        pointer = _circuits[id].pointer;
        require(pointer != address(0), CircuitNotRegistered(id));
    }

    /// @inheritdoc ICircuitRegistry
    function isRegistered(CircuitId id) public view returns (bool) {
        return _circuits[id].pointer != address(0) || _segments[id] != address(0);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(ICircuitRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _encodingsAt(address pointer) private view returns (TensorEncoding memory, TensorEncoding memory) {
        return abi.decode(CodeStorage.read(pointer, ENCODINGS_START, ENCODINGS_END), (TensorEncoding, TensorEncoding));
    }

    /// @dev What a commit-and-prove circuit has beside.
    function _besideAt(address pointer) private view returns (uint256[4] memory sigma, WeightsCircuit memory weights) {
        bytes memory beside = CodeStorage.read(pointer, CircuitCode.LENGTH, pointer.code.length - 1);
        return abi.decode(beside, (uint256[4], WeightsCircuit));
    }

    function _requireSegmentsOf(CircuitId id) private view returns (CircuitId[] memory segments) {
        segments = segmentsOf(id);
        require(segments.length > 0, CircuitNotRegistered(id));
    }

    function _requireNew(CircuitId id, Circuit calldata circuit, ProofSystem system) private view {
        require(_circuits[id].pointer == address(0), CircuitAlreadyRegistered(id));
        require(circuit.system == system, CircuitSystemInvalid(circuit.system));
        _requireEncoding(circuit.input);
        _requireEncoding(circuit.output);
    }

    function _requireEncoding(TensorEncoding calldata encoding) private pure {
        bool sane = encoding.elements > 0 && encoding.bits > 0 && encoding.bits <= 253;
        require(
            sane && encoding.wordCount() <= MAX_TENSOR_WORDS,
            CircuitEncodingInvalid(encoding.elements, encoding.bits)
        );
    }

    /// @dev A join is one commitment, declared alike on both sides.
    function _isJoined(TensorEncoding memory output, TensorEncoding memory input) private pure returns (bool) {
        return
            output.mode == WordMode.Committed &&
            input.mode == WordMode.Committed &&
            output.elements == input.elements &&
            output.bits == input.bits &&
            output.isSigned == input.isSigned;
    }
}

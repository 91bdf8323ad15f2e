// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {CircuitCode} from "./libraries/CircuitCode.sol";
import {CircuitKeys} from "./libraries/CircuitKeys.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {WeightsProof} from "./libraries/WeightsProof.sol";
import {BatchCircuit, toBatchesId} from "./types/Batches.sol";
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

    /// @dev Every verification reads how many sizes a family has.
    uint256 private constant MAX_BATCH_SIZES = 16;
    uint256 private constant MAX_BATCH_COUNT = 128;
    /// @dev With `W` below the 2^13 of docs/statement.md, section 6.
    uint256 private constant MAX_BATCH_WORDS = 8190;

    mapping(CircuitId id => Entry entry) private _circuits;
    mapping(CircuitId id => address pointer) private _segments;
    mapping(CircuitId id => address pointer) private _batches;
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
        address pointer = _requireCircuit(id);
        bytes memory code = CodeStorage.read(pointer);
        require(
            code.system() == ProofSystem.CommittedGroth16 && code.weights() == WeightsMode.Committed,
            CircuitWithoutWeights(id)
        );
        require(weights < Bn254.SCALAR_FIELD, WeightsNotCanonical(weights));
        uint256[2] storage point = _weightsPoints[id][weights];
        require(point[0] | point[1] == 0, WeightsAlreadyRegistered(id, weights));
        (, WeightsCircuit memory key) = _besideAt(pointer);
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
        bytes memory before = _codeOf(segments[0]);
        require(before.system() == ProofSystem.Groth16, SegmentSystemInvalid(0));
        for (uint256 i = 1; i < segments.length; ++i) {
            bytes memory circuit = _codeOf(segments[i]);
            require(circuit.system() == ProofSystem.Groth16, SegmentSystemInvalid(i));
            require(circuit.weights() == before.weights(), SegmentWeightsInvalid(i));
            require(_isJoined(before.output(), circuit.input()), SegmentJoinInvalid(i));
            before = circuit;
        }

        _segments[id] = CodeStorage.write(abi.encode(segments));

        emit SegmentsRegistered(id, msg.sender, segments);
    }

    /// @inheritdoc ICircuitRegistry
    function registerBatches(CircuitId single, BatchCircuit[] calldata batches) external returns (CircuitId id) {
        id = toBatchesId(single, batches);
        require(_batches[id] == address(0), CircuitAlreadyRegistered(id));
        require(
            0 < batches.length && batches.length <= MAX_BATCH_SIZES,
            BatchSizesInvalid(batches.length, MAX_BATCH_SIZES)
        );
        bytes memory code = _codeOf(single);
        uint256 words = code.input().wordCount() + code.output().wordCount();
        uint256 before = 1;
        for (uint256 i = 0; i < batches.length; ++i) {
            uint256 count = batches[i].count;
            require(before < count && count <= MAX_BATCH_COUNT, BatchCountInvalid(i, count));
            require(count * words <= MAX_BATCH_WORDS, BatchWordsTooMany(i, count * words, MAX_BATCH_WORDS));
            bytes memory circuit = _codeOf(batches[i].circuit);
            require(circuit.system() == code.system(), BatchSystemInvalid(i));
            require(circuit.weights() == code.weights(), BatchWeightsInvalid(i));
            require(circuit.encodingsHash() == code.encodingsHash(), BatchEncodingInvalid(i));
            before = count;
        }

        _batches[id] = CodeStorage.write(abi.encode(single, batches));

        emit BatchesRegistered(id, msg.sender, single, batches);
    }

    /// @inheritdoc ICircuitRegistry
    function attest(CircuitId id, bytes32 transcript) external {
        Circuit memory circuit = _circuitAt(_requireCircuit(id));
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
        CircuitId[] memory segments = segmentsOf(id);
        if (segments.length == 0) return _encodingsAt(pointerOf(id));
        (input, ) = _encodingsAt(pointerOf(segments[0]));
        (, output) = _encodingsAt(pointerOf(segments[segments.length - 1]));
    }

    /// @inheritdoc ICircuitRegistry
    function weightsModeOf(CircuitId id) external view returns (WeightsMode) {
        address pointer = _circuits[id].pointer;
        if (pointer == address(0)) {
            CircuitId[] memory segments = segmentsOf(id);
            pointer = pointerOf(segments.length == 0 ? id : segments[0]);
        }
        return CodeStorage.read(pointer).weights();
    }

    /// @inheritdoc ICircuitRegistry
    function setupOf(CircuitId id) external view returns (SetupClass setup, uint256 attestations) {
        Entry storage entry = _circuits[id];
        if (entry.pointer != address(0)) return (entry.setup, entry.attestations);
        CircuitId[] memory parts = _partsOf(id);
        require(parts.length > 0, CircuitNotRegistered(id));
        attestations = type(uint88).max;
        for (uint256 i = 0; i < parts.length; ++i) {
            entry = _circuits[parts[i]];
            if (entry.setup == SetupClass.Development) setup = SetupClass.Development;
            if (entry.attestations < attestations) attestations = entry.attestations;
        }
    }

    /// @inheritdoc ICircuitRegistry
    function isAttestedBy(CircuitId id, address verifier) external view returns (bool) {
        if (_attested[id][verifier]) return true;
        CircuitId[] memory parts = _partsOf(id);
        for (uint256 i = 0; i < parts.length; ++i) {
            if (!_attested[parts[i]][verifier]) return false;
        }
        return parts.length > 0;
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
    function weightsPointOf(CircuitId id, uint256 weights) external view returns (uint256[2] memory point) {
        point = _weightsPoints[id][weights];
        // A family has none of its own.
        if (point[0] | point[1] == 0) point = _weightsPoints[singleOf(id)][weights];
    }

    /// @inheritdoc ICircuitRegistry
    function batchesOf(CircuitId id) public view returns (BatchCircuit[] memory batches) {
        address pointer = _batches[id];
        if (pointer != address(0)) (, batches) = abi.decode(CodeStorage.read(pointer), (CircuitId, BatchCircuit[]));
    }

    /// @inheritdoc ICircuitRegistry
    function singleOf(CircuitId id) public view returns (CircuitId) {
        address pointer = _batches[id];
        return pointer == address(0) ? id : CircuitId.wrap(bytes32(CodeStorage.read(pointer, 0, 32)));
    }

    /// @inheritdoc ICircuitRegistry
    function segmentsOf(CircuitId id) public view returns (CircuitId[] memory segments) {
        address pointer = _segments[id];
        if (pointer != address(0)) segments = abi.decode(CodeStorage.read(pointer), (CircuitId[]));
    }

    /// @inheritdoc ICircuitRegistry
    function circuitOf(CircuitId id) public view returns (Circuit memory) {
        return _circuitAt(pointerOf(id));
    }

    /// @inheritdoc ICircuitRegistry
    function pointerOf(CircuitId id) public view returns (address pointer) {
        pointer = _circuits[id].pointer;
        if (pointer == address(0)) pointer = _requireCircuit(singleOf(id));
    }

    /// @inheritdoc ICircuitRegistry
    function isRegistered(CircuitId id) public view returns (bool) {
        return _circuits[id].pointer != address(0) || _segments[id] != address(0) || _batches[id] != address(0);
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

    function _circuitAt(address pointer) private view returns (Circuit memory) {
        return abi.decode(CodeStorage.read(pointer), (Circuit));
    }

    /// @dev The code of a circuit itself: neither a list nor a family is part of another.
    function _codeOf(CircuitId id) private view returns (bytes memory) {
        return CodeStorage.read(_requireCircuit(id));
    }

    function _requireCircuit(CircuitId id) private view returns (address pointer) {
        pointer = _circuits[id].pointer;
        require(pointer != address(0), CircuitNotRegistered(id));
    }

    /// @dev All circuits of a list or family; none of a circuit, or of what is not registered.
    function _partsOf(CircuitId id) private view returns (CircuitId[] memory parts) {
        parts = segmentsOf(id);
        if (parts.length > 0) return parts;
        BatchCircuit[] memory batches = batchesOf(id);
        if (batches.length == 0) return parts;
        parts = new CircuitId[](batches.length + 1);
        parts[0] = singleOf(id);
        for (uint256 i = 0; i < batches.length; ++i) parts[i + 1] = batches[i].circuit;
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

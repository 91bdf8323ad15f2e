// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {CircuitCode} from "./libraries/CircuitCode.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {Circuit, SetupClass, TensorEncoding, VerifyingKey, WeightsMode, WordMode} from "./types/Circuit.sol";
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
    /// @dev Public signals `[c, z, e]`, and one.
    uint256 private constant IC_POINTS = 4;
    /// @dev Where the two encodings, four words each, lie in `abi.encode(circuit)`.
    uint256 private constant ENCODINGS_START = 0x80;
    uint256 private constant ENCODINGS_END = 0x180;

    /// @dev Every verification reads the list. Proofs of some 64 fit one transaction; more are recorded one by one.
    uint256 private constant MAX_SEGMENTS = 256;

    mapping(CircuitId id => Entry entry) private _circuits;
    mapping(CircuitId id => address pointer) private _segments;
    mapping(CircuitId id => mapping(address verifier => bool attested)) private _attested;

    /// @inheritdoc ICircuitRegistry
    function register(Circuit calldata circuit) external returns (CircuitId id) {
        id = circuit.toId();
        require(_circuits[id].pointer == address(0), CircuitAlreadyRegistered(id));
        _requireEncoding(circuit.input);
        _requireEncoding(circuit.output);
        _requireKey(circuit.key);

        address pointer = CodeStorage.write(abi.encode(circuit));
        _circuits[id] = Entry({pointer: pointer, setup: circuit.setup, attestations: 0});

        emit CircuitRegistered(id, msg.sender, circuit);
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
        for (uint256 i = 1; i < segments.length; ++i) {
            bytes memory circuit = CodeStorage.read(pointerOf(segments[i]));
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

    function _requireSegmentsOf(CircuitId id) private view returns (CircuitId[] memory segments) {
        segments = segmentsOf(id);
        require(segments.length > 0, CircuitNotRegistered(id));
    }

    function _requireKey(VerifyingKey calldata key) private view {
        require(key.ic.length == IC_POINTS, KeyLengthInvalid(key.ic.length, IC_POINTS));

        _requireG1(key.alpha, 0);
        _requireG2(key.beta, 1);
        _requireG2(key.gamma, 2);
        _requireG2(key.delta, 3);
        for (uint256 i = 0; i < IC_POINTS; ++i) {
            _requireG1(key.ic[i], 4 + i);
        }
        require(!_sameX(key.beta, key.gamma), KeyForgeable());
        require(!_sameX(key.beta, key.delta), KeyForgeable());
        require(!_sameX(key.gamma, key.delta), KeyForgeable());
    }

    function _requireG2(uint256[4] calldata point, uint256 index) private view {
        for (uint256 i = 0; i < 4; ++i) {
            require(point[i] < Bn254.BASE_FIELD, KeyCoordinateNotCanonical(point[i]));
        }
        require(point[0] | point[1] | point[2] | point[3] != 0, KeyPointAtInfinity(index));
        require(Bn254.isInG2(point), KeyPointNotInSubgroup(index));
    }

    function _requireG1(uint256[2] calldata point, uint256 index) private pure {
        require(point[0] < Bn254.BASE_FIELD, KeyCoordinateNotCanonical(point[0]));
        require(point[1] < Bn254.BASE_FIELD, KeyCoordinateNotCanonical(point[1]));
        require(point[0] | point[1] != 0, KeyPointAtInfinity(index));
        require(Bn254.isOnCurve(point), KeyPointNotOnCurve(index));
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

    /// @dev Two points of the curve with one x are equal up to sign.
    function _sameX(uint256[4] calldata a, uint256[4] calldata b) private pure returns (bool) {
        return a[0] == b[0] && a[1] == b[1];
    }
}

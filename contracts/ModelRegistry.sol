// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {TensorEncoding, WeightsMode, WordMode} from "./types/Circuit.sol";
import {CircuitId, ReleaseId} from "./types/Ids.sol";
import {Clause} from "./types/Policy.sol";
import {Release, RuntimeClass} from "./types/Release.sol";

/// @title ModelRegistry
/// @notice Append-only set of releases, each bound to the weights and the circuit that settle its inferences.
/// @dev No owner and no proxy: the id commits to the contents, so a changed model is another release. Record and floor are
/// kept as the code of one account, read apart: one slot, whatever the floor's length.
contract ModelRegistry is IModelRegistry {
    uint256 private constant MAX_ROYALTY_BPS = 10_000;
    /// @dev Length of a packed record, which the floor's encoding follows.
    uint256 private constant RECORD_LENGTH = 4 * 32;

    ICircuitRegistry private immutable _circuits;

    mapping(ReleaseId id => address pointer) private _releases;
    mapping(ReleaseId id => uint256 time) private _deprecatedAt;

    constructor(ICircuitRegistry circuits) {
        _circuits = circuits;
    }

    /// @inheritdoc IModelRegistry
    function publish(Release calldata release, string calldata uri) external returns (ReleaseId id) {
        id = release.toId();
        require(!isPublished(id), ReleaseAlreadyPublished(id));
        require(release.publisher == msg.sender, ReleasePublisherMismatch(release.publisher, msg.sender));
        require(bytes(release.model).length > 0, ReleaseModelNameEmpty());
        require(release.royaltyBps <= MAX_ROYALTY_BPS, ReleaseRoyaltyTooHigh(release.royaltyBps, MAX_ROYALTY_BPS));
        _requireWeights(release.circuit, release.weights);
        for (uint256 i = 0; i < release.floor.allOf.length; ++i) {
            require(release.floor.allOf[i].anyOf.length > 0, ReleaseFloorClauseEmpty(i));
        }

        _releases[id] = CodeStorage.write(_encode(release));

        emit ReleasePublished(id, msg.sender, release.circuit, release, uri);
    }

    /// @inheritdoc IModelRegistry
    function deprecate(ReleaseId id, ReleaseId successor, string calldata reason) external {
        address publisher = releaseOf(id).publisher;
        require(msg.sender == publisher, ReleasePublisherMismatch(publisher, msg.sender));
        require(_deprecatedAt[id] == 0, ReleaseAlreadyDeprecated(id));
        require(successor == ReleaseId.wrap(0) || isPublished(successor), ReleaseNotPublished(successor));

        _deprecatedAt[id] = block.timestamp;

        emit ReleaseDeprecated(id, successor, reason);
    }

    /// @inheritdoc IModelRegistry
    function deprecatedAtOf(ReleaseId id) external view returns (uint256) {
        return _deprecatedAt[id];
    }

    /// @inheritdoc IModelRegistry
    function floorOf(ReleaseId id) external view returns (Clause[] memory allOf, uint128 minStake) {
        address pointer = _pointerOf(id);
        return abi.decode(CodeStorage.read(pointer, RECORD_LENGTH, pointer.code.length - 1), (Clause[], uint128));
    }

    /// @inheritdoc IModelRegistry
    function termsOf(
        ReleaseId id
    ) external view returns (ReleaseRecord memory record, Clause[] memory allOf, uint128 minStake) {
        bytes memory data = CodeStorage.read(_pointerOf(id));
        record = _unpack(data);
        (allOf, minStake) = abi.decode(_floorIn(data), (Clause[], uint128));
    }

    /// @inheritdoc IModelRegistry
    function releaseOf(ReleaseId id) public view returns (ReleaseRecord memory) {
        return _unpack(CodeStorage.read(_pointerOf(id), 0, RECORD_LENGTH));
    }

    /// @inheritdoc IModelRegistry
    function isPublished(ReleaseId id) public view returns (bool) {
        return _releases[id] != address(0);
    }

    function _pointerOf(ReleaseId id) private view returns (address pointer) {
        pointer = _releases[id];
        require(pointer != address(0), ReleaseNotPublished(id));
    }

    function _requireWeights(CircuitId circuit, uint256 weights) private view {
        bool committed = circuit != CircuitId.wrap(0) && _circuits.weightsModeOf(circuit) == WeightsMode.Committed;
        bool valid = committed ? weights != 0 && weights < Bn254.SCALAR_FIELD : weights == 0;
        require(valid, ReleaseWeightsInvalid(weights));
    }

    function _encode(Release calldata release) private view returns (bytes memory) {
        TensorEncoding memory input;
        TensorEncoding memory output;
        if (release.circuit != CircuitId.wrap(0)) (input, output) = _circuits.encodingsOf(release.circuit);
        uint256 head = uint160(release.publisher);
        head |= uint256(release.royaltyBps) << 160;
        head |= uint256(release.inputFractionBits) << 176;
        head |= uint256(release.outputFractionBits) << 184;
        head |= uint256(release.runtime) << 192;
        uint256 tensors = _packed(input) | (_packed(output) << 128);
        return
            bytes.concat(
                abi.encode(head, tensors, release.circuit, release.weights),
                abi.encode(release.floor.allOf, release.floor.minStake)
            );
    }

    /// @dev Reads back what `_encode` wrote; every cast keeps the bits that the member had.
    function _unpack(bytes memory data) private pure returns (ReleaseRecord memory record) {
        uint256 head;
        uint256 tensors;
        CircuitId circuit;
        uint256 weights;
        assembly ("memory-safe") {
            head := mload(add(data, 0x20))
            tensors := mload(add(data, 0x40))
            circuit := mload(add(data, 0x60))
            weights := mload(add(data, 0x80))
        }
        record.publisher = address(uint160(head));
        record.royaltyBps = uint16(head >> 160);
        record.inputFractionBits = uint8(head >> 176);
        record.outputFractionBits = uint8(head >> 184);
        record.runtime = RuntimeClass(uint8(head >> 192));
        (record.input, record.output) = (_unpacked(tensors), _unpacked(tensors >> 128));
        (record.circuit, record.weights) = (circuit, weights);
    }

    /// @dev Makes the floor's encoding, which follows the record, bytes of its own where it lies.
    function _floorIn(bytes memory data) private pure returns (bytes memory floor) {
        assembly ("memory-safe") {
            floor := add(data, RECORD_LENGTH)
            mstore(floor, sub(mload(data), RECORD_LENGTH))
        }
    }

    function _packed(TensorEncoding memory tensor) private pure returns (uint256) {
        uint256 signed = tensor.isSigned ? 1 : 0;
        return tensor.elements | (uint256(tensor.bits) << 24) | (uint256(tensor.mode) << 32) | (signed << 40);
    }

    function _unpacked(uint256 packed) private pure returns (TensorEncoding memory) {
        return
            TensorEncoding({
                mode: WordMode(uint8(packed >> 32)),
                elements: uint24(packed),
                bits: uint8(packed >> 24),
                isSigned: uint8(packed >> 40) != 0
            });
    }
}

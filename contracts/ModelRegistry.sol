// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {WeightsMode} from "./types/Circuit.sol";
import {CircuitId, ReleaseId} from "./types/Ids.sol";
import {Clause} from "./types/Policy.sol";
import {Release} from "./types/Release.sol";

/// @title ModelRegistry
/// @notice Append-only set of releases, each bound to the weights and the circuit that settle its inferences.
/// @dev No owner and no proxy: the id commits to the contents, so a changed model is another release. Record and floor are
/// kept as the code of one account, read apart: one slot, whatever the floor's length.
contract ModelRegistry is IModelRegistry {
    uint256 private constant MAX_ROYALTY_BPS = 10_000;
    /// @dev Length of `abi.encode(record)`, which the floor's encoding follows.
    uint256 private constant RECORD_LENGTH = 7 * 32;

    ICircuitRegistry private immutable _circuits;

    mapping(ReleaseId id => address pointer) private _releases;

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
    function releaseOf(ReleaseId id) external view returns (ReleaseRecord memory) {
        return abi.decode(CodeStorage.read(_pointerOf(id), 0, RECORD_LENGTH), (ReleaseRecord));
    }

    /// @inheritdoc IModelRegistry
    function floorOf(ReleaseId id) external view returns (Clause[] memory allOf, uint128 minStake) {
        address pointer = _pointerOf(id);
        return abi.decode(CodeStorage.read(pointer, RECORD_LENGTH, pointer.code.length - 1), (Clause[], uint128));
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

    function _encode(Release calldata release) private pure returns (bytes memory) {
        ReleaseRecord memory record = ReleaseRecord({
            publisher: release.publisher,
            runtime: release.runtime,
            inputFractionBits: release.inputFractionBits,
            outputFractionBits: release.outputFractionBits,
            royaltyBps: release.royaltyBps,
            circuit: release.circuit,
            weights: release.weights
        });
        return bytes.concat(abi.encode(record), abi.encode(release.floor.allOf, release.floor.minStake));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IModelRegistry} from "@vouch/contracts/interfaces/IModelRegistry.sol";
import {ReleaseCode} from "@vouch/contracts/libraries/ReleaseCode.sol";
import {TensorEncoding} from "@vouch/contracts/types/Circuit.sol";
import {CircuitId, ReleaseId} from "@vouch/contracts/types/Ids.sol";
import {Clause, Policy} from "@vouch/contracts/types/Policy.sol";
import {Release} from "@vouch/contracts/types/Release.sol";
import {MockCircuits} from "./MockCircuits.sol";
import {SimulatedOnly} from "./SimulatedOnly.sol";

/// @notice A release as a consumer sees it.
/// @param input Encoding of the input, which `inputFractionBits` belong to; likewise of the output.
struct MockModel {
    TensorEncoding input;
    TensorEncoding output;
    uint8 inputFractionBits;
    uint8 outputFractionBits;
}

/// @title MockModels
/// @notice Releases that anyone publishes in anyone's name, stored as `ModelRegistry` stores them.
contract MockModels is IModelRegistry, SimulatedOnly {
    using ReleaseCode for address;
    using ReleaseCode for bytes;

    MockCircuits private immutable _circuits;

    mapping(ReleaseId id => address pointer) private _releases;
    mapping(ReleaseId id => uint256 time) private _deprecatedAt;

    constructor(MockCircuits circuits) {
        _circuits = circuits;
    }

    /// @notice Publishes a release with a circuit of its own, and returns its id.
    function add(MockModel calldata model, address publisher, Policy calldata floor) external returns (ReleaseId) {
        Release memory release;
        (release.publisher, release.model) = (publisher, "mock");
        release.circuit = _circuits.add(model.input, model.output);
        (release.inputFractionBits, release.outputFractionBits) = (model.inputFractionBits, model.outputFractionBits);
        release.floor = floor;
        return this.publish(release, "");
    }

    /// @inheritdoc IModelRegistry
    function publish(Release calldata release, string calldata uri) external returns (ReleaseId id) {
        id = release.toId();
        require(!isPublished(id), ReleaseAlreadyPublished(id));
        TensorEncoding memory input;
        TensorEncoding memory output;
        if (release.circuit != CircuitId.wrap(0)) (input, output) = _circuits.encodingsOf(release.circuit);

        _releases[id] = ReleaseCode.write(release, input, output);

        emit ReleasePublished(id, release.publisher, release.circuit, release, uri);
    }

    /// @inheritdoc IModelRegistry
    function deprecate(ReleaseId id, ReleaseId successor, string calldata reason) external {
        require(isPublished(id), ReleaseNotPublished(id));
        require(_deprecatedAt[id] == 0, ReleaseAlreadyDeprecated(id));

        _deprecatedAt[id] = block.timestamp;

        emit ReleaseDeprecated(id, successor, reason);
    }

    /// @inheritdoc IModelRegistry
    function deprecatedAtOf(ReleaseId id) external view returns (uint256) {
        return _deprecatedAt[id];
    }

    /// @inheritdoc IModelRegistry
    function releaseOf(ReleaseId id) external view returns (ReleaseRecord memory) {
        return pointerOf(id).recordAt().decode();
    }

    /// @inheritdoc IModelRegistry
    function floorOf(ReleaseId id) external view returns (Clause[] memory allOf, uint128 minStake) {
        Policy memory floor = pointerOf(id).floorAt();
        return (floor.allOf, floor.minStake);
    }

    /// @inheritdoc IModelRegistry
    function pointerOf(ReleaseId id) public view returns (address pointer) {
        pointer = _releases[id];
        require(pointer != address(0), ReleaseNotPublished(id));
    }

    /// @inheritdoc IModelRegistry
    function isPublished(ReleaseId id) public view returns (bool) {
        return _releases[id] != address(0);
    }
}

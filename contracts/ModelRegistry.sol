// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {ReleaseCode} from "./libraries/ReleaseCode.sol";
import {TensorEncoding, WeightsMode} from "./types/Circuit.sol";
import {CircuitId, ReleaseId} from "./types/Ids.sol";
import {Clause, Policy, Requirement} from "./types/Policy.sol";
import {Release} from "./types/Release.sol";

/// @title ModelRegistry
/// @notice Append-only set of releases, each bound to the weights and the circuit that settle its inferences.
/// @dev No owner and no proxy: the id commits to the contents, so a changed model is another release. Record and floor are
/// kept as the code of one account, read apart: one slot, whatever the floor's length.
contract ModelRegistry is IModelRegistry, ERC165 {
    using ReleaseCode for address;
    using ReleaseCode for bytes;

    uint256 private constant MAX_ROYALTY_BPS = 10_000;

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
            Requirement[] calldata anyOf = release.floor.allOf[i].anyOf;
            require(anyOf.length > 0, ReleaseFloorClauseEmpty(i));
            for (uint256 j = 0; j < anyOf.length; ++j) {
                require(anyOf[j].isStorable(), ReleaseFloorUnstorable(i));
            }
        }

        TensorEncoding memory input;
        TensorEncoding memory output;
        if (release.circuit != CircuitId.wrap(0)) (input, output) = _circuits.encodingsOf(release.circuit);

        _releases[id] = ReleaseCode.write(release, input, output);

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
        Policy memory floor = pointerOf(id).floorAt();
        return (floor.allOf, floor.minStake);
    }

    /// @inheritdoc IModelRegistry
    function releaseOf(ReleaseId id) public view returns (ReleaseRecord memory) {
        return pointerOf(id).recordAt().decode();
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

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IModelRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _requireWeights(CircuitId circuit, uint256 weights) private view {
        bool committed = circuit != CircuitId.wrap(0) && _circuits.weightsModeOf(circuit) == WeightsMode.Committed;
        bool valid = committed ? weights != 0 && weights < Bn254.SCALAR_FIELD : weights == 0;
        require(valid, ReleaseWeightsInvalid(weights));
    }
}

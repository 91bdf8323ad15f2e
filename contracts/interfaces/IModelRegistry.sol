// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TensorEncoding} from "../types/Circuit.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";
import {Clause} from "../types/Policy.sol";
import {Release, RuntimeClass} from "../types/Release.sol";

/// @title IModelRegistry
/// @notice Append-only set of releases, each bound to the weights and the circuit that settle its inferences.
interface IModelRegistry {
    /// @notice What settlement needs of a release; the rest is in its id and its event.
    /// @param input Encoding of the circuit's input, repeated here so that one read has it; no elements without a circuit.
    /// @param output Likewise of its output.
    struct ReleaseRecord {
        address publisher;
        RuntimeClass runtime;
        uint8 inputFractionBits;
        uint8 outputFractionBits;
        uint16 royaltyBps;
        TensorEncoding input;
        TensorEncoding output;
        CircuitId circuit;
        uint256 weights;
    }

    /// @notice A release was published; `uri` says where its manifest was found then and is no part of the id.
    event ReleasePublished(
        ReleaseId indexed id,
        address indexed publisher,
        CircuitId indexed circuit,
        Release release,
        string uri
    );

    /// @notice The publisher advises against a release, in favour of `successor` where that is not zero.
    event ReleaseDeprecated(ReleaseId indexed id, ReleaseId indexed successor, string reason);

    error ReleaseAlreadyPublished(ReleaseId id);
    error ReleaseNotPublished(ReleaseId id);
    error ReleaseAlreadyDeprecated(ReleaseId id);
    /// @notice Only the publisher that a release names may publish or deprecate it.
    error ReleasePublisherMismatch(address publisher, address sender);
    error ReleaseModelNameEmpty();
    error ReleaseRoyaltyTooHigh(uint256 royaltyBps, uint256 limit);
    /// @notice The weights commitment is not a canonical field element, or is zero for a circuit that needs one, or is not
    /// zero where there is nothing to commit to.
    error ReleaseWeightsInvalid(uint256 weights);
    /// @notice The floor has a clause that nothing can meet.
    error ReleaseFloorClauseEmpty(uint256 clause);
    /// @notice The floor demands of an enclave what no stored assurance says: the publisher approves measurements instead.
    error ReleaseFloorUnstorable(uint256 clause);

    /// @notice Publishes a release and returns its id.
    function publish(Release calldata release, string calldata uri) external returns (ReleaseId);

    /// @notice Advises against a release, for good; its publisher may.
    /// @dev A notice and nothing else: requests, receipts and settlements of the release go on as before, for whoever pins it.
    /// @param successor Published release to use instead, or zero.
    function deprecate(ReleaseId id, ReleaseId successor, string calldata reason) external;

    /// @notice Returns when a release was deprecated; 0 where it was not.
    function deprecatedAtOf(ReleaseId id) external view returns (uint256);

    /// @notice Returns the record of a published release; reverts for any other id.
    function releaseOf(ReleaseId id) external view returns (ReleaseRecord memory);

    /// @notice Returns the members of a published release's policy floor; reverts for any other id.
    /// @dev Members, since no contract could decode a returned `Policy` without the compiler's IR pipeline.
    function floorOf(ReleaseId id) external view returns (Clause[] memory allOf, uint128 minStake);

    /// @notice Returns the account whose code is a published release, as `ReleaseCode` reads it; reverts for any other id.
    function pointerOf(ReleaseId id) external view returns (address);

    /// @notice Returns whether a release was published.
    function isPublished(ReleaseId id) external view returns (bool);
}

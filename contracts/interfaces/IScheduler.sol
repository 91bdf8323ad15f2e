// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {FeedTerms} from "../types/Feed.sol";
import {ReleaseId} from "../types/Ids.sol";
import {IInferenceRequests} from "./IInferenceRequests.sol";
import {IInputAdapter} from "./IInputAdapter.sol";
import {IModelFeed} from "./IModelFeed.sol";

/// @title IScheduler
/// @notice Creates feeds, each with its schedule and its prepaid balance, and knows which ones it created.
/// @dev Whoever reads a feed that this contract created knows its code: what it does follows from its terms alone.
interface IScheduler {
    event FeedCreated(
        IModelFeed indexed feed,
        address indexed sponsor,
        ReleaseId indexed release,
        IInputAdapter adapter,
        bytes32 terms
    );

    /// @notice Creates a feed that the sender sponsors, with what is sent as its balance.
    /// @dev Anyone may. Nothing is asked of the adapter, nor the policy compared with the release: what cannot be asked for
    /// reverts when it is run, and the sponsor withdraws.
    function create(FeedTerms calldata terms) external payable returns (IModelFeed);

    /// @notice Returns the escrow that all feeds ask.
    function requests() external view returns (IInferenceRequests);

    /// @notice Returns whether `feed` was created here.
    function isFeed(address feed) external view returns (bool);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ModelFeed} from "./ModelFeed.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IModelFeed} from "./interfaces/IModelFeed.sol";
import {IScheduler} from "./interfaces/IScheduler.sol";
import {FeedTerms} from "./types/Feed.sol";

/// @title Scheduler
/// @notice Creates feeds, each with its schedule and its prepaid balance.
/// @dev Holds no money and has no say in a feed that it created.
contract Scheduler is IScheduler, ERC165 {
    /// @inheritdoc IScheduler
    IInferenceRequests public immutable requests;

    /// @inheritdoc IScheduler
    mapping(address feed => bool created) public isFeed;

    constructor(IInferenceRequests requests_) {
        requests = requests_;
    }

    /// @inheritdoc IScheduler
    function create(FeedTerms calldata terms) external payable returns (IModelFeed feed) {
        feed = new ModelFeed{value: msg.value}({requests_: requests, sponsor_: msg.sender, terms_: terms});
        isFeed[address(feed)] = true;

        emit FeedCreated({
            feed: feed,
            sponsor: msg.sender,
            release: terms.schedule.release,
            adapter: terms.schedule.adapter,
            terms: keccak256(abi.encode(terms))
        });
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IScheduler).interfaceId || super.supportsInterface(interfaceId);
    }
}

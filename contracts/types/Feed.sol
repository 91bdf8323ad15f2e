// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IInputAdapter} from "../interfaces/IInputAdapter.sol";
import {ReleaseId} from "./Ids.sol";
import {Policy} from "./Policy.sol";

/// @notice What a schedule asks for, when, and at what price. Periods are in seconds and count from the run.
/// @param release Model release to run.
/// @param policy Evidence demanded of every answer, on top of the release's floor.
/// @param adapter Builds the input of each run.
/// @param config What the adapter is to derive, in its encoding.
/// @param start When slot 0 begins.
/// @param interval Length of a slot. A slot is run once at most.
/// @param minFee Fee of an answer that is locked at once; it rises to `maxFee` over `lockPeriod`. See `RequestParams` for
/// this and what follows.
/// @param lockPeriod How long an operator may lock.
/// @param answerPeriod How long the request may be fulfilled; longer than `lockPeriod`.
/// @param minReward Wei for whoever runs a slot in its first second.
/// @param maxReward Wei for whoever runs it `rewardRamp` or more after; in between, the reward rises in proportion to time.
/// @param rewardRamp At most `interval`; 0 pays `maxReward` throughout.
struct ScheduleTerms {
    ReleaseId release;
    Policy policy;
    IInputAdapter adapter;
    bytes config;
    uint40 start;
    uint32 interval;
    uint96 minFee;
    uint96 maxFee;
    uint80 stake;
    uint80 bond;
    uint80 cover;
    uint64 maxGasPrice;
    uint32 verificationGas;
    uint32 callbackGas;
    uint32 provisionalGas;
    uint32 lockPeriod;
    uint32 answerPeriod;
    uint96 minReward;
    uint96 maxReward;
    uint32 rewardRamp;
}

/// @notice A schedule, and what of its answers becomes a round.
/// @param description What is fed, for people.
/// @param answerIndex Element of the output that is the answer.
/// @param confidenceIndex Element that is the confidence; `NO_CONFIDENCE` where the model gives none.
/// @param decimals Of the answer and the confidence; 36 at most.
/// @param capacity How many rounds are kept; a newer one overwrites the oldest.
/// @param maxAge Age of its input from which the latest round is stale, in seconds.
struct FeedTerms {
    ScheduleTerms schedule;
    string description;
    uint24 answerIndex;
    uint24 confidenceIndex;
    uint8 decimals;
    uint16 capacity;
    uint32 maxAge;
}

using {rewardAt} for ScheduleTerms global;

/// @dev No tensor has so many elements.
uint24 constant NO_CONFIDENCE = type(uint24).max;

/// @notice Returns what running the slot of `time` pays, rounded down; `time` is not before `start`.
function rewardAt(ScheduleTerms memory self, uint256 time) pure returns (uint256) {
    uint256 late = (time - self.start) % self.interval;
    if (late >= self.rewardRamp) return self.maxReward;
    return self.minReward + (uint256(self.maxReward - self.minReward) * late) / self.rewardRamp;
}

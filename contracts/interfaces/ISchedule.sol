// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "../types/Ids.sol";
import {IInputAdapter} from "./IInputAdapter.sol";

/// @title ISchedule
/// @notice Asks for an inference once an interval, paid from a balance that was put in before, whenever somebody runs it.
/// @dev Each schedule is an account of its own and the requester of its requests: balance, refunds and surplus of one are
/// never another's. Its terms never change. The sponsor owns the balance, less what keepers earned, and nothing else.
interface ISchedule {
    /// @notice Wei arrived: a top-up, or what `collect` brought back.
    event ScheduleFunded(address indexed from, uint256 amount);
    event ScheduleRun(
        RequestId indexed request,
        address indexed keeper,
        uint256 slot,
        uint256 reward,
        bytes32 provenance
    );
    event ScheduleCancelled();
    event BalanceWithdrawn(address indexed to, uint256 amount);
    event RewardWithdrawn(address indexed keeper, address indexed to, uint256 amount);

    error ScheduleIntervalZero();
    /// @notice No operator could lock, or none answer after it locked.
    error SchedulePeriodsInvalid(uint256 lockPeriod, uint256 answerPeriod);
    /// @notice The reward falls, or rises for longer than a slot lasts.
    error ScheduleRewardInvalid(uint256 minReward, uint256 maxReward, uint256 rewardRamp);
    error ScheduleIsCancelled();
    error ScheduleNotStarted(uint256 start);
    /// @notice The slot was run; the next one begins at `nextAt`.
    error ScheduleSlotRun(uint256 slot, uint256 nextAt);
    /// @notice The last request may still be answered.
    error ScheduleRequestOpen(RequestId request);
    error ScheduleUnderfunded(uint256 balance, uint256 needed);
    error ScheduleNotBySponsor(address sender);
    error KeeperRewardEmpty(address keeper);
    error PaymentFailed(address to);

    /// @notice Runs the slot of this second for whoever calls, and owes `keeper` the reward of this second.
    /// @dev Slot `k` is `[start + k * interval, start + (k + 1) * interval)` and is run once. A slot that nobody ran is
    /// skipped: there is no catching up. Nothing is run while the last request may be answered in time or is provisional; a
    /// contested answer holds nothing up. If the adapter, or the request, reverts, so does this: nothing is paid.
    /// Warning: within a slot the keeper chooses the block, and what happens before in it. An adapter whose source can be
    /// moved within a slot lets the keeper choose among inputs.
    function run(address keeper) external returns (RequestId);

    /// @notice Adds refunds and surplus of the requests to the balance; anyone may.
    function collect() external;

    /// @notice Sends the sponsor what the stake vault owes this requester for harm, in the vault's asset; anyone may.
    function collectCompensation() external;

    /// @notice Sends the sender, a keeper, its rewards to `to`.
    function withdrawRewards(address payable to) external;

    /// @notice Sends `amount` of the balance to `to`; only the sponsor may.
    /// @dev Warning: whoever tops up gives to the sponsor.
    function withdraw(uint256 amount, address payable to) external;

    /// @notice Ends the schedule; only the sponsor may. What was asked is still answered, and refunds still collected.
    function cancel() external;

    /// @notice Returns who created the schedule and may withdraw its balance.
    function sponsor() external view returns (address);

    /// @notice Returns the only release that is asked for.
    function release() external view returns (ReleaseId);

    /// @notice Returns the adapter that builds every input.
    function adapter() external view returns (IInputAdapter);

    function isCancelled() external view returns (bool);

    /// @notice Returns how many requests were made.
    function runs() external view returns (uint256);

    /// @notice Returns the request of the latest run; zero before the first.
    function latestRequest() external view returns (RequestId);

    /// @notice Returns what can be spent or withdrawn: the wei held, less what keepers are owed.
    function balance() external view returns (uint256);

    /// @notice Returns the rewards that a keeper may withdraw.
    function rewardsOf(address keeper) external view returns (uint256);

    /// @notice Returns what a run would earn at this second; reverts, as it would, where none is due.
    /// @dev Says nothing of the adapter and of the balance: a keeper simulates `run`.
    function rewardNow() external view returns (uint256);
}

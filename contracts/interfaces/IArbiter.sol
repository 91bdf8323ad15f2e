// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "../types/Ids.sol";

/// @title IArbiter
/// @notice Panels of staked operators that run a model again.
interface IArbiter {
    /// @dev `Decided` and `Failed` never change.
    enum Outcome {
        None,
        Pending,
        Decided,
        Failed
    }

    /// @notice What a panel is asked.
    /// @param accused Operator that may not sit on the panel.
    /// @param k Members whose outputs must be equal, bit by bit.
    /// @param n Members.
    /// @param payer Who gets back what the panel did not earn.
    struct Question {
        ReleaseId release;
        RequestId request;
        address accused;
        uint8 k;
        uint8 n;
        address payer;
    }

    /// @notice Opens a round, prepaid with the value sent, and returns its id, which no other round has.
    /// @dev It calls nobody but contracts that the arbiter was built with, and refuses no payment because of its size.
    function open(Question calldata question, uint256[] calldata input) external payable returns (bytes32 round);

    /// @notice Returns where a round stands and, once it is decided, the hash of the output that `k` members gave.
    /// @dev It leaves `Pending` when its period is over at the latest. It has failed where no `k` of the `n` members gave the
    /// same output: a failed round pays no more than the work that was shown, and the rest goes back to the payer.
    function outcomeOf(bytes32 round) external view returns (Outcome outcome, bytes32 outputHash);

    /// @notice Returns the seconds after which a round is over.
    function ROUND_PERIOD() external view returns (uint256);
}

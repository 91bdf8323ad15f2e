// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId} from "../types/Ids.sol";

/// @title ITallies
/// @notice Counts final answers by what supports them: the distribution of evidence as a fact, readable by any contract.
/// @dev Warning: an operator can ask itself. A count says what was verified and paid, not that anybody needed it.
interface ITallies {
    /// @param results Final answers.
    /// @param value Fees that were paid for them.
    struct Tally {
        uint64 results;
        uint192 value;
    }

    /// @notice Returns the answers with exactly this assurance whose fee was in `token`.
    /// @param release Release, or zero for all of them.
    /// @param kinds As `Assurance.kinds`.
    /// @param flags As `Assurance.flags`.
    function tallyOf(ReleaseId release, address token, uint8 kinds, uint8 flags) external view returns (Tally memory);
}

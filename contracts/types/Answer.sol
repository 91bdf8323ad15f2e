// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance} from "./Assurance.sol";

/// @notice What the evidence of an answer amounts to under a request's policy, and what its settlement needs of the release.
/// @param assurance What was verified; of an answer that must wait also how a challenge is decided.
/// @param window Seconds for which the answer must stay open to challenge; 0 where it is final at once.
/// @param judgeK Operators that must agree to decide a challenge; 0 where a proof decides it.
/// @param judgeN Operators that are asked to; 0 where a proof decides.
/// @param publisher Who gets the royalty.
/// @param royaltyBps The publisher's share of the fee, in hundredths of a percent.
struct Answer {
    Assurance assurance;
    uint40 window;
    uint8 judgeK;
    uint8 judgeN;
    address publisher;
    uint16 royaltyBps;
}

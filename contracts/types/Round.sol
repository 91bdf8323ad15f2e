// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "./Ids.sol";

/// @notice Hash of chain, contract and a round's number.
type RoundId is bytes32;

/// @dev Moved by one function; docs/quorum.md has the diagram. `Concluded` and `Failed` are final.
enum RoundStatus {
    None,
    Open,
    Drawn,
    Concluded,
    Failed
}

/// @notice How far a member of a panel has come. `Revealed` and `Agreed` are what a member ends with that is not absent.
enum SeatStatus {
    None,
    Seated,
    Committed,
    Revealed,
    Agreed
}

/// @notice What a contract orders that wants a release run by a panel.
/// @param request Request that the input belongs to; part of the record only.
/// @param inputHash Hash of the input's words, which whoever orders has published.
/// @param k Members that must agree; more than half of `n`.
/// @param n Members to draw, at most `MAX_PANEL`.
/// @param tolerance Units of the output's last place by which those that agree may differ from the median; 0 compares words.
/// @param stake What every member exposes.
/// @param deadline Last second at which the round may conclude.
/// @param excluded Operator that must not be a member; zero for none.
/// @param beneficiary Who gets the payment back, and is compensated by absent members, if the round fails.
struct RoundOrder {
    ReleaseId release;
    RequestId request;
    bytes32 inputHash;
    uint8 k;
    uint8 n;
    uint32 tolerance;
    uint80 stake;
    uint40 deadline;
    address excluded;
    address beneficiary;
}

/// @notice A round as it is stored.
/// @param client Contract that opened it, or whose request it serves.
/// @param prepaid Whether `fee` was paid in when the round was opened; else the request pays it.
/// @param settled Whether the fee was shared out or refunded.
/// @param seats Members that took part: those drawn that could and would.
/// @param agreed Members that agreed.
/// @param seedBlock Block whose randomness draws the panel.
/// @param poolSize Places of the pool that are drawn from: those there were when `seedBlock` was fixed.
/// @param compensation What an absent member pays the beneficiary at most.
/// @param fee What the members that agree share.
/// @param outputHash Hash of the output's words, once concluded.
struct Round {
    address client;
    RoundStatus status;
    bool prepaid;
    bool settled;
    uint8 k;
    uint8 n;
    uint32 tolerance;
    uint8 seats;
    uint8 committed;
    uint8 revealed;
    uint8 agreed;
    address excluded;
    uint64 seedBlock;
    uint32 poolSize;
    address beneficiary;
    uint80 stake;
    address token;
    uint96 fee;
    uint80 compensation;
    uint40 deadline;
    ReleaseId release;
    RequestId request;
    bytes32 inputHash;
    bytes32 outputHash;
}

/// @notice A member's place in a round.
/// @param hash Commitment until the member reveals, hash of its output's words from then on.
struct Seat {
    address operator;
    SeatStatus status;
    bytes32 hash;
}

using {equalsRoundId as ==, differsRoundId as !=} for RoundId global;

function equalsRoundId(RoundId a, RoundId b) pure returns (bool) {
    return RoundId.unwrap(a) == RoundId.unwrap(b);
}

function differsRoundId(RoundId a, RoundId b) pure returns (bool) {
    return RoundId.unwrap(a) != RoundId.unwrap(b);
}

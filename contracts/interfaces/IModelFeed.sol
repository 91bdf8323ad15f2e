// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance} from "../types/Assurance.sol";
import {FeedTerms} from "../types/Feed.sol";
import {RequestId} from "../types/Ids.sol";
import {IAggregatorV3} from "./IAggregatorV3.sol";
import {ISchedule} from "./ISchedule.sol";

/// @title IModelFeed
/// @notice The final answers of a scheduled release, as rounds that price feeds' consumers read.
/// @dev An answer becomes a round, and gets its number, once it is final; hence numbers have no gaps, never change their
/// answer, and `IAggregatorV3` shows nothing that can still be overturned. `startedAt` is when the input was made and
/// `updatedAt` when the answer arrived; both rise with the number, `updatedAt` not strictly.
/// `latestRoundData` and `historyOf` revert with `FeedWithoutRound` before the first round, and with `FeedStale` once the
/// latest round's *input* is older than `maxAge`: an answer that took long to become final, or was delivered late, is as
/// old as what it was made of.
interface IModelFeed is IAggregatorV3, ISchedule {
    /// @notice A final answer.
    struct Round {
        int256 answer;
        int256 confidence;
        RequestId request;
        bytes32 provenance;
        uint40 startedAt;
        uint40 updatedAt;
        Assurance assurance;
    }

    /// @notice An answer that is not decided yet: it can still be challenged, or is.
    struct Proposal {
        int256 answer;
        int256 confidence;
        RequestId request;
        bytes32 provenance;
        uint40 startedAt;
    }

    /// @notice A round was added; named as price feeds name it.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    event RoundRecorded(uint80 indexed round, RequestId indexed request, int256 confidence, bytes32 provenance);
    event RoundProposed(RequestId indexed request, int256 answer, int256 confidence);
    event ProposalOverturned(RequestId indexed request);
    /// @notice An answer came after one whose input is newer, and is no round.
    event AnswerSuperseded(RequestId indexed request);

    /// @notice The release has no circuit, or its output is committed or lacks the element.
    error FeedOutputUnsuitable(uint256 elements, uint256 index);
    /// @notice Some output would not fit 127 bits and a sign in so many decimals.
    error FeedRangeTooWide(uint256 bits, uint256 fractionBits, uint256 decimals);
    error FeedDecimalsTooMany(uint256 decimals, uint256 limit);
    error FeedCapacityZero();
    /// @notice So little gas that recording an answer might fail.
    error FeedCallbackGasTooLow(uint256 callbackGas, uint256 limit);
    error FeedWithoutRound();
    error FeedStale(uint256 startedAt, uint256 maxAge);
    /// @notice No final answer has this number yet.
    error FeedRoundUnanswered(uint256 round);
    /// @notice Newer rounds have taken its place; `oldest` is the oldest one kept.
    error FeedRoundOverwritten(uint256 round, uint256 oldest);
    error FeedWithoutProposal();
    error FeedHistoryTooShort(uint256 count, uint256 kept);

    /// @notice Returns what the feed was created with.
    function terms() external view returns (FeedTerms memory);

    /// @notice Returns how many rounds are kept.
    function capacity() external view returns (uint256);

    /// @notice Returns the age of its input, in seconds, from which the latest round is stale.
    function maxAge() external view returns (uint256);

    /// @notice Returns the number of the latest round, however old; 0 where there is none.
    function latestRound() external view returns (uint80);

    /// @notice Returns a round that is kept, with the assurance that was verified for it.
    function roundDetailsOf(uint256 round) external view returns (Round memory);

    /// @notice Returns the confidence of a round, in the decimals of the feed; 0 where the model gives none.
    function confidenceOfRound(uint256 round) external view returns (int256);

    /// @notice Returns the evidence that was verified for a round.
    function assuranceOfRound(uint256 round) external view returns (Assurance memory);

    /// @notice Returns the hash of what the input of a round was derived from, as the adapter documents it.
    function provenanceOfRound(uint256 round) external view returns (bytes32);

    /// @notice Returns the answer to the latest run while it can still be overturned; reverts otherwise.
    /// @dev Warning: it may be wrong, and was not held against the feed's policy. Delivered where `provisionalGas` was bought.
    function latestProvisional() external view returns (Proposal memory);

    /// @notice Returns the answers of the last `count` rounds, oldest first; reverts as `latestRoundData`.
    function historyOf(uint256 count) external view returns (int256[] memory);
}

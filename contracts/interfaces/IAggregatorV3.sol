// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IAggregatorV3
/// @notice A feed of numbered rounds, each with one answer, as price feeds expose them.
/// @dev Behind a proxy, a round's id is `phase << 64 | round`: a phase is one aggregator, whose rounds count from 1, and the
/// proxy begins another phase when it is pointed to another aggregator. A feed without phases has phase 0.
interface IAggregatorV3 {
    /// @notice Returns the decimals of the answers: an answer `a` means `a · 10^-decimals`.
    function decimals() external view returns (uint8);

    /// @notice Returns, for people, what is fed.
    function description() external view returns (string memory);

    /// @notice Returns the version of the feed's implementation.
    function version() external view returns (uint256);

    /// @notice Returns a round.
    /// @dev Warning: implementations differ on a round without an answer. Some revert, others return it with `updatedAt` 0.
    /// @return roundId The id asked for.
    /// @return answer The answer; negative ones are possible, and zero.
    /// @return startedAt When the round began.
    /// @return updatedAt When it was answered; 0 if it was not.
    /// @return answeredInRound Historical; says nothing.
    function getRoundData(
        uint80 roundId_
    )
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    /// @notice Returns the newest round, as `getRoundData`.
    /// @dev Warning: it is as old as it is. Compare `updatedAt` with what the feed promises.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId} from "../types/Ids.sol";
import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IInputAdapter} from "./IInputAdapter.sol";

/// @title IPriceHistory
/// @notice Inputs made of a price feed's last rounds, or of candles over them. A configuration is `abi.encode(query)`.
/// @dev The input is a matrix of as many elements as the release's circuit takes: a row for each round or candle, a column
/// for each entry of `query.prices`.
///
/// A candle covers `[start, start + interval)`, and starts at a multiple of `interval` since the epoch. Its opening price is
/// the one in force at its start, that of the last round at or before it; its closing price the one in force when it ends,
/// that of the last round before its end; high and low are over the opening price and all rounds within. A candle without
/// rounds repeats the price in force. Only candles that have ended count, so that throughout an interval the input is the
/// same, whoever asks and when, if the feed stamps its rounds with the time of their block.
///
/// A walk goes back from the latest round, one by one. It never leaves a phase: the aggregators before and after a change
/// report side by side for a while, and nothing on-chain says which of their rounds were seen. After a change of phase the
/// input is refused until the new phase is long enough.
///
/// `provenance = keccak256(abi.encode(tag, block.chainid, adapter, release, keccak256(config), end, keccak256(rounds)))`
/// with `tag = keccak256("vouch.price-history.v1")`, `end` as `roundsOf` returns it, and `rounds` those of `roundsOf`, one
/// word each, `id << 176 | updatedAt << 128 | answer`, concatenated.
///
/// Warning: the latest rounds without candles are whatever they are when the transaction runs, and whoever sends it chooses
/// when. Warning: feeds of a rollup repeat their last answer while its sequencer is down; `maxAge` is the only guard here.
interface IPriceHistory is IInputAdapter {
    enum Price {
        Open,
        High,
        Low,
        Close
    }

    enum Order {
        OldestFirst,
        NewestFirst
    }

    /// @notice What is done to each column by itself; see `Statistics`. `Standardize` and `Normalize` work over the column,
    /// `Returns` on neighbours and so reads one row more than there are in the input.
    enum Step {
        None,
        Standardize,
        Normalize,
        Returns
    }

    /// @param source Feed that is read, trusted for its answers by whoever names it.
    /// @param interval Seconds of a candle; 0 to take rounds as they are.
    /// @param maxAge Seconds since the feed's latest round, at most.
    /// @param prices Columns; `[Close]` where rounds are taken as they are, which have no other price.
    /// @param order Whether the first row is the oldest or the newest.
    /// @param step Preprocessing.
    struct Query {
        IAggregatorV3 source;
        uint32 interval;
        uint32 maxAge;
        Price[] prices;
        Order order;
        Step step;
    }

    struct Round {
        uint80 id;
        uint48 updatedAt;
        uint128 answer;
    }

    /// @notice The query names no price, or one that a round does not have.
    error PriceSelectionInvalid();
    /// @notice The input's elements are no whole number of rows.
    error PriceShapeInvalid(uint256 elements, uint256 prices);
    error PriceRowsTooMany(uint256 rows, uint256 limit);
    /// @notice The candles began before the epoch.
    error PriceSpanTooLong(uint256 span, uint256 end);
    error PriceDecimalsTooMany(uint256 decimals, uint256 limit);
    error PriceStale(uint80 round, uint256 updatedAt, uint256 maxAge);
    /// @notice An answer is not above zero, or not below 2^128.
    error PriceInvalid(uint80 round, int256 answer);
    error PriceRoundUnanswered(uint80 round);
    /// @notice The source returned another round than it was asked for.
    error PriceRoundMismatch(uint80 round, uint80 returned);
    /// @notice A round is of a later time than the one after it, or the latest than this block.
    error PriceRoundOutOfOrder(uint80 round, uint256 updatedAt, uint256 limit);
    /// @notice The phase begins at `first`, and more is needed.
    error PriceHistoryTooShort(uint80 first);
    /// @notice The candles cover more rounds than are visited at most.
    error PriceRoundsTooMany(uint256 limit);

    /// @notice Returns the rounds that `inputOf` derives its words from now, newest first, and the end of the last candle.
    /// @return rounds The oldest of them is the one in force when the first candle starts.
    /// @return end Exclusive; 2^256 - 1 where rounds are taken as they are.
    function roundsOf(
        ReleaseId release,
        bytes calldata config
    ) external view returns (Round[] memory rounds, uint256 end);
}

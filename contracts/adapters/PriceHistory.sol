// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IInputAdapter} from "../interfaces/IInputAdapter.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IPriceHistory} from "../interfaces/IPriceHistory.sol";
import {Statistics} from "../libraries/Statistics.sol";
import {TensorCodec} from "../libraries/TensorCodec.sol";
import {TensorEncoding, WordMode} from "../types/Circuit.sol";
import {ReleaseId} from "../types/Ids.sol";

/// @title PriceHistory
/// @notice Inputs made of a price feed's last rounds, or of candles over them.
/// @dev Holds nothing: one serves every feed and every release of the registries that it was made for.
contract PriceHistory is IPriceHistory {
    /// @dev Rows, and the time that they cover. Without candles: from 0, to 2^256 - 1, each round a row.
    struct Span {
        uint256 start;
        uint256 end;
        uint256 interval;
        uint256 rows;
    }

    /// @notice Most rounds that a walk visits, and most rows. A transaction (EIP-7825) has 16,384 gas for each.
    uint256 public constant MAX_ROUNDS = 1_024;
    /// @notice Most decimals of a feed.
    uint256 public constant MAX_DECIMALS = 36;

    bytes32 private constant TAG = keccak256("vouch.price-history.v1");
    uint256 private constant PRICES = uint256(type(Price).max) + 1;
    uint256 private constant ID_SHIFT = 176;
    uint256 private constant TIME_SHIFT = 128;

    IModelRegistry public immutable models;
    ICircuitRegistry public immutable circuits;

    constructor(IModelRegistry models_, ICircuitRegistry circuits_) {
        models = models_;
        circuits = circuits_;
    }

    /// @inheritdoc IInputAdapter
    function inputOf(
        ReleaseId release,
        bytes calldata config
    ) external view returns (uint256[] memory words, bytes32 provenance) {
        Query memory query = abi.decode(config, (Query));
        (TensorEncoding memory encoding, uint256 fractionBits) = _formatOf(release);
        Span memory span = _spanOf(query, encoding.elements);
        uint256[] memory rounds = _walk(query, span);

        words = TensorCodec.pack(_elements(query, span, rounds, fractionBits), encoding);
        provenance = keccak256(
            abi.encode(
                TAG,
                block.chainid,
                address(this),
                release,
                keccak256(config),
                span.end,
                keccak256(abi.encodePacked(rounds))
            )
        );
    }

    /// @inheritdoc IPriceHistory
    function roundsOf(
        ReleaseId release,
        bytes calldata config
    ) external view returns (Round[] memory rounds, uint256 end) {
        Query memory query = abi.decode(config, (Query));
        (TensorEncoding memory encoding, ) = _formatOf(release);
        Span memory span = _spanOf(query, encoding.elements);
        uint256[] memory packed = _walk(query, span);

        end = span.end;
        rounds = new Round[](packed.length);
        for (uint256 i = 0; i < packed.length; ++i) {
            // Each part is cut to the width that `_pack` gave it.
            rounds[i] = Round({
                id: uint80(packed[i] >> ID_SHIFT),
                updatedAt: uint48(packed[i] >> TIME_SHIFT),
                answer: uint128(packed[i])
            });
        }
    }

    function _formatOf(ReleaseId release) private view returns (TensorEncoding memory encoding, uint256 fractionBits) {
        IModelRegistry.ReleaseRecord memory record = models.releaseOf(release);
        (encoding, ) = circuits.encodingsOf(record.circuit);
        require(encoding.mode == WordMode.Public, TensorCodec.TensorCommitted());
        fractionBits = record.inputFractionBits;
        uint256 limit = Statistics.MAX_FRACTION_BITS;
        require(fractionBits <= limit, Statistics.StatisticsFractionBitsTooMany(fractionBits, limit));
    }

    function _spanOf(Query memory query, uint256 elements) private view returns (Span memory span) {
        uint256 columns = query.prices.length;
        bool hasCandles = query.interval > 0;
        bool isSelected = hasCandles ? columns > 0 : columns == 1 && query.prices[0] == Price.Close;
        require(isSelected, PriceSelectionInvalid());
        require(elements % columns == 0, PriceShapeInvalid(elements, columns));
        span.rows = elements / columns + (query.step == Step.Returns ? 1 : 0);
        require(span.rows <= MAX_ROUNDS, PriceRowsTooMany(span.rows, MAX_ROUNDS));

        span.end = type(uint256).max;
        if (hasCandles) {
            span.interval = query.interval;
            span.end = block.timestamp - (block.timestamp % span.interval);
            uint256 length = span.rows * span.interval;
            require(length <= span.end, PriceSpanTooLong(length, span.end));
            span.start = span.end - length;
        }
    }

    /// @dev Returns the rounds before the end of the span, newest first: one for each row, or back to the one in force at the
    /// start. A round is a word, as in the provenance.
    function _walk(Query memory query, Span memory span) private view returns (uint256[] memory rounds) {
        IAggregatorV3 source = query.source;
        (uint80 id, int256 answer, , uint256 updatedAt, ) = source.latestRoundData();
        uint256 round = _pack({id: id, answer: answer, updatedAt: updatedAt, limit: block.timestamp});
        require(block.timestamp - updatedAt <= query.maxAge, PriceStale(id, updatedAt, query.maxAge));

        uint256 most = span.interval > 0 ? MAX_ROUNDS : span.rows;
        rounds = new uint256[](most);
        uint256 found = 0;
        for (uint256 visited = 1; ; ++visited) {
            updatedAt = _timeOf(round);
            if (updatedAt < span.end) {
                rounds[found] = round;
                ++found;
                bool isDone = span.interval > 0 ? updatedAt <= span.start : found == most;
                if (isDone) break;
            }
            require(visited < MAX_ROUNDS, PriceRoundsTooMany(MAX_ROUNDS));
            round = _before(source, round);
        }
        // Shortens the array: `found` is no more than its length.
        assembly ("memory-safe") {
            mstore(rounds, found)
        }
    }

    /// @dev Returns the round before, of the same phase.
    function _before(IAggregatorV3 source, uint256 round) private view returns (uint256) {
        // The id is what is above the time.
        uint80 id = uint80(round >> ID_SHIFT);
        // What is cut off is the phase.
        require(uint64(id) > 1, PriceHistoryTooShort(id));
        --id;
        (uint80 returned, int256 answer, , uint256 updatedAt, ) = source.getRoundData(id);
        require(returned == id, PriceRoundMismatch(id, returned));
        return _pack({id: id, answer: answer, updatedAt: updatedAt, limit: _timeOf(round)});
    }

    /// @dev Returns a round as a word; reverts unless it has a price and is not after `limit`, a time in 48 bits.
    function _pack(uint80 id, int256 answer, uint256 updatedAt, uint256 limit) private pure returns (uint256) {
        require(updatedAt > 0, PriceRoundUnanswered(id));
        require(updatedAt <= limit, PriceRoundOutOfOrder(id, updatedAt, limit));
        require(answer > 0 && answer <= int256(uint256(type(uint128).max)), PriceInvalid(id, answer));
        return (uint256(id) << ID_SHIFT) | (updatedAt << TIME_SHIFT) | uint256(answer);
    }

    function _timeOf(uint256 round) private pure returns (uint256) {
        return uint48(round >> TIME_SHIFT);
    }

    /// @dev Returns the elements of the input, row by row.
    function _elements(
        Query memory query,
        Span memory span,
        uint256[] memory rounds,
        uint256 fractionBits
    ) private view returns (int256[] memory elements) {
        int256[][] memory series = span.interval > 0 ? _candles(span, rounds) : _each(rounds);
        uint256 columns = query.prices.length;
        uint256 rows = span.rows - (query.step == Step.Returns ? 1 : 0);
        elements = new int256[](rows * columns);
        for (uint256 column = 0; column < columns; ++column) {
            int256[] memory values = _preprocess(query, series[uint256(query.prices[column])], fractionBits);
            for (uint256 i = 0; i < rows; ++i) {
                uint256 row = query.order == Order.OldestFirst ? i : rows - 1 - i;
                elements[row * columns + column] = values[i];
            }
        }
    }

    /// @dev Returns a series as fixed-point numbers. Only prices themselves depend on the feed's decimals.
    function _preprocess(
        Query memory query,
        int256[] memory series,
        uint256 fractionBits
    ) private view returns (int256[] memory values) {
        if (query.step == Step.Standardize) return Statistics.standardize(series, fractionBits);
        if (query.step == Step.Normalize) return Statistics.normalize(series, fractionBits);
        if (query.step == Step.Returns) return Statistics.returnsOf(series, fractionBits);

        uint256 decimals = query.source.decimals();
        require(decimals <= MAX_DECIMALS, PriceDecimalsTooMany(decimals, MAX_DECIMALS));
        values = new int256[](series.length);
        for (uint256 i = 0; i < series.length; ++i) {
            // Prices are above zero and below 2^128, and there are 96 fraction bits at most: an int256.
            values[i] = int256(Statistics.mulDivHalfUp(uint256(series[i]), uint256(1) << fractionBits, 10 ** decimals));
        }
    }

    /// @dev Returns the answers oldest first, as closing prices.
    function _each(uint256[] memory rounds) private pure returns (int256[][] memory series) {
        int256[] memory answers = new int256[](rounds.length);
        for (uint256 i = 0; i < rounds.length; ++i) {
            answers[rounds.length - 1 - i] = _priceOf(rounds[i]);
        }
        series = new int256[][](PRICES);
        series[uint256(Price.Close)] = answers;
    }

    /// @dev Returns the four series of candles, oldest first, from rounds newest first.
    function _candles(Span memory span, uint256[] memory rounds) private pure returns (int256[][] memory series) {
        series = new int256[][](PRICES);
        for (uint256 i = 0; i < PRICES; ++i) series[i] = new int256[](span.rows);

        // Candles before `left` are empty yet; the last of them is being filled.
        uint256 left = span.rows;
        for (uint256 i = 0; i < rounds.length; ++i) {
            uint256 updatedAt = _timeOf(rounds[i]);
            // As long as the round is in force at the start of a candle, it is its opening price, and nothing older counts.
            while (left > 0) {
                uint256 start = span.start + (left - 1) * span.interval;
                if (updatedAt < start + span.interval) _add(series, left - 1, _priceOf(rounds[i]));
                if (updatedAt > start) break;
                --left;
            }
        }
    }

    /// @dev Adds a price that is older than all of a candle's others.
    function _add(int256[][] memory series, uint256 candle, int256 price) private pure {
        // Zero is no price: there is none yet.
        bool isFirst = series[uint256(Price.Close)][candle] == 0;
        series[uint256(Price.Open)][candle] = price;
        if (isFirst) series[uint256(Price.Close)][candle] = price;
        if (isFirst || price > series[uint256(Price.High)][candle]) series[uint256(Price.High)][candle] = price;
        if (isFirst || price < series[uint256(Price.Low)][candle]) series[uint256(Price.Low)][candle] = price;
    }

    function _priceOf(uint256 round) private pure returns (int256) {
        // 128 bits.
        return int256(uint256(uint128(round)));
    }
}

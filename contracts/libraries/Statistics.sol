// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Statistics
/// @notice Statistics of fixed-point numbers, and the preprocessing steps that are made of them.
/// @dev An element `q` stands for `q · 2^-f` (docs/statement.md, section 2); `f` is the same for all that go in and come
/// out. Every result is the real number of its formula, rounded once: `⌊v + 1/2⌋`, a tie towards plus infinity, as the
/// circuits round (section 5) and as inputs are quantized off-chain. No rounding favours anybody: these are inputs of a
/// model, no amounts. No function changes its arguments.
library Statistics {
    /// @notice Most fraction bits of a result: twice as many, and two for rounding, leave 62 bits to the count.
    uint256 internal constant MAX_FRACTION_BITS = 96;
    /// @dev Most that count times spread may be: squares of it are words.
    uint256 private constant MAX_EXTENT = type(uint128).max;
    /// @dev Likewise for two arrays: products of two such squares are words.
    uint256 private constant MAX_EXTENT_OF_PAIR = type(uint64).max;

    error StatisticsCountTooSmall(uint256 count, uint256 least);
    error StatisticsCountMismatch(uint256 xs, uint256 ys);
    /// @notice Greatest and least element are further apart than this function is exact for, at this count.
    error StatisticsSpreadTooWide(uint256 spread, uint256 limit);
    /// @notice All elements are equal: there is nothing to divide by.
    error StatisticsSpreadZero(int256 value);
    error StatisticsFractionBitsTooMany(uint256 fractionBits, uint256 limit);
    /// @notice A price is not above zero, or not below 2^128.
    error StatisticsPriceInvalid(uint256 index, int256 value);

    /// @notice Returns the least element; exact for any.
    function min(int256[] memory values) internal pure returns (int256 least) {
        (least, ) = extremes(values);
    }

    /// @notice Returns the greatest element; exact for any.
    function max(int256[] memory values) internal pure returns (int256 greatest) {
        (, greatest) = extremes(values);
    }

    /// @notice Returns the least and the greatest element; exact for any.
    function extremes(int256[] memory values) internal pure returns (int256 least, int256 greatest) {
        _requireCount(values, 1);

        least = values[0];
        greatest = least;
        for (uint256 i = 1; i < values.length; ++i) {
            int256 value = values[i];
            if (value < least) least = value;
            if (value > greatest) greatest = value;
        }
    }

    /// @notice Returns `Σ x / n`, rounded half up; for any elements: no sum of them is formed.
    function mean(int256[] memory values) internal pure returns (int256) {
        _requireCount(values, 1);

        int256 count = int256(values.length);
        int256 quotients = 0;
        int256 remainders = 0;
        // Quotients are cut towards zero, so that `n` of them are no further from zero than the furthest element is, and
        // a remainder is smaller than the count, which memory keeps far below 2^64. A mean is between the elements.
        unchecked {
            for (uint256 i = 0; i < values.length; ++i) {
                int256 value = values[i];
                quotients += value / count;
                remainders += value % count;
            }
            return quotients + _floorDiv(2 * remainders + count, 2 * count);
        }
    }

    /// @notice Returns the population variance `Σ (x - mean)² / n`, rounded half up. n · spread < 2^128.
    function variance(int256[] memory values, uint256 fractionBits) internal pure returns (int256) {
        (, , uint256 scatter) = _scatterOf(values);
        return _variance(scatter, values.length * values.length, fractionBits);
    }

    /// @notice Returns the sample variance `Σ (x - mean)² / (n - 1)`, rounded half up. n ≥ 2, n · spread < 2^128.
    function sampleVariance(int256[] memory values, uint256 fractionBits) internal pure returns (int256) {
        _requireCount(values, 2);
        (, , uint256 scatter) = _scatterOf(values);
        return _variance(scatter, values.length * (values.length - 1), fractionBits);
    }

    /// @notice Returns the population standard deviation, rounded half up. n · spread < 2^128.
    /// @dev Of the exact variance, not of a rounded one.
    function stdDev(int256[] memory values) internal pure returns (int256) {
        (, , uint256 scatter) = _scatterOf(values);
        return _root({square: scatter, factor: 4, divisor: values.length * values.length, isNegative: false});
    }

    /// @notice Returns the sample standard deviation, rounded half up. n ≥ 2, n · spread < 2^128.
    function sampleStdDev(int256[] memory values) internal pure returns (int256) {
        _requireCount(values, 2);
        (, , uint256 scatter) = _scatterOf(values);
        return _root({square: scatter, factor: 4, divisor: values.length * (values.length - 1), isNegative: false});
    }

    /// @notice Returns the middle element, or the mean of the middle two, rounded half up; for any elements.
    /// @dev The smaller half is kept in a heap with the greatest on top: n log n steps at most, whatever the order.
    function median(int256[] memory values) internal pure returns (int256) {
        _requireCount(values, 1);

        uint256 size = values.length / 2 + 1;
        int256[] memory heap = new int256[](size);
        for (uint256 i = 0; i < size; ++i) heap[i] = values[i];
        for (uint256 i = size / 2; i > 0; --i) _siftDown(heap, i - 1, heap[i - 1]);
        for (uint256 i = size; i < values.length; ++i) {
            if (values[i] < heap[0]) _siftDown(heap, 0, values[i]);
        }

        int256 upper = heap[0];
        if (values.length % 2 == 1) return upper;
        int256 lower = size > 2 && heap[2] > heap[1] ? heap[2] : heap[1];
        uint256 gap = _distance(lower, upper);
        // At most half of the way from `lower` to `upper`, rounded up: between both.
        unchecked {
            return lower + int256(gap / 2 + (gap & 1));
        }
    }

    /// @notice Returns `(x - mean) / stdDev` of each element, of the population, each rounded half up.
    /// n · spread < 2^128; not for equal elements.
    /// @dev Mean and deviation are not rounded on the way, so the results do not depend on the scale of the elements: they
    /// may have any fraction bits, or decimals.
    function standardize(
        int256[] memory values,
        uint256 fractionBits
    ) internal pure returns (int256[] memory standardized) {
        uint256 factor = _quadruple(fractionBits);
        (int256 least, uint256 sum, uint256 scatter) = _scatterOf(values);
        require(scatter > 0, StatisticsSpreadZero(least));

        // The root of the scatter once, with as many bits as fit, so that an element costs a division instead of a root.
        uint256 shift = (255 - Math.log2(scatter)) / 2;
        uint256 root = Math.sqrt(scatter << (2 * shift));
        shift += fractionBits + 1;
        uint256 count = values.length;
        standardized = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            // As `_scatterOf` has checked, both sides of the difference are below 2^128, and so its square is a word. It is at
            // most √(n · scatter), and √scatter · 2^shift is below 2^(128 + 97): for any count that fits in memory, no bit is
            // shifted out.
            unchecked {
                uint256 part = count * _distance(least, values[i]);
                bool isNegative = part < sum;
                uint256 deviation = isNegative ? sum - part : part - sum;
                standardized[i] = _halve({
                    twice: (deviation << shift) / root,
                    square: deviation * deviation,
                    factor: factor,
                    divisor: scatter,
                    isNegative: isNegative
                });
            }
        }
    }

    /// @notice Returns `(x - min) / (max - min)` of each element, in [0, 1], rounded half up; not for equal elements.
    /// @dev For elements of any size, and of any scale, as in `standardize`.
    function normalize(
        int256[] memory values,
        uint256 fractionBits
    ) internal pure returns (int256[] memory normalized) {
        uint256 one = _one(fractionBits);
        (int256 least, int256 greatest) = extremes(values);
        require(least < greatest, StatisticsSpreadZero(least));

        uint256 spread = _distance(least, greatest);
        normalized = new int256[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            // No more than `one`.
            normalized[i] = int256(mulDivHalfUp(_distance(least, values[i]), one, spread));
        }
    }

    /// @notice Returns Pearson's correlation of two arrays, in [-1, 1], rounded half up.
    /// n · spread < 2^64 for each; equal elements in neither.
    function correlation(int256[] memory xs, int256[] memory ys, uint256 fractionBits) internal pure returns (int256) {
        uint256 factor = _quadruple(fractionBits);
        require(xs.length == ys.length, StatisticsCountMismatch(xs.length, ys.length));
        (int256 leastX, uint256 sumX, uint256 scatterX) = _scatterWithin(xs, MAX_EXTENT_OF_PAIR);
        (int256 leastY, uint256 sumY, uint256 scatterY) = _scatterWithin(ys, MAX_EXTENT_OF_PAIR);
        require(scatterX > 0, StatisticsSpreadZero(leastX));
        require(scatterY > 0, StatisticsSpreadZero(leastY));

        // n · Σ xy and Σ x · Σ y are below 2^128 each, either scatter too, and by Cauchy and Schwarz the square of the
        // difference is no more than the product of the scatters.
        unchecked {
            uint256 products = 0;
            for (uint256 i = 0; i < xs.length; ++i) {
                products += _distance(leastX, xs[i]) * _distance(leastY, ys[i]);
            }
            products *= xs.length;
            uint256 expected = sumX * sumY;
            bool isNegative = products < expected;
            uint256 together = isNegative ? expected - products : products - expected;
            return
                _root({
                    square: together * together,
                    factor: factor,
                    divisor: scatterX * scatterY,
                    isNegative: isNegative
                });
        }
    }

    /// @notice Returns the simple returns `p(i + 1) / p(i) - 1` of n ≥ 2 prices in [1, 2^128), n - 1 of them, each rounded
    /// half up.
    /// @dev For prices of any scale, as in `standardize`.
    function returnsOf(int256[] memory prices, uint256 fractionBits) internal pure returns (int256[] memory changes) {
        uint256 one = _one(fractionBits);
        _requireCount(prices, 2);

        changes = new int256[](prices.length - 1);
        uint256 before = _priceAt(prices, 0);
        for (uint256 i = 0; i < changes.length; ++i) {
            uint256 price = _priceAt(prices, i + 1);
            // Below 2^(128 + 96), and as 1 is a whole number of units it may be taken off after rounding.
            changes[i] = int256(mulDivHalfUp(price, one, before)) - int256(one);
            before = price;
        }
    }

    /// @notice Returns `a · b / divisor`, rounded half up; the product may have 512 bits, the result may not exceed 256.
    function mulDivHalfUp(uint256 a, uint256 b, uint256 divisor) internal pure returns (uint256 result) {
        result = Math.mulDiv(a, b, divisor);
        uint256 remainder = mulmod(a, b, divisor);
        if (remainder >= divisor - remainder) ++result;
    }

    /// @dev Returns the least element, the sum of what the elements exceed it by, and `n² · variance`.
    function _scatterOf(int256[] memory values) private pure returns (int256 least, uint256 sum, uint256 scatter) {
        return _scatterWithin(values, MAX_EXTENT);
    }

    /// @dev Nothing is rounded, so that nothing is cancelled: `n · Σ d² - (Σ d)²` is a difference of exact integers, and
    /// taking off the least element first makes it one of small integers.
    function _scatterWithin(
        int256[] memory values,
        uint256 extent
    ) private pure returns (int256 least, uint256 sum, uint256 scatter) {
        int256 greatest;
        (least, greatest) = extremes(values);
        uint256 spread = _distance(least, greatest);
        uint256 limit = extent / values.length;
        require(spread <= limit, StatisticsSpreadTooWide(spread, limit));

        // n · spread < 2^128: (Σ d)² ≤ n · Σ d² ≤ (n · spread)² < 2^256.
        unchecked {
            uint256 squares = 0;
            for (uint256 i = 0; i < values.length; ++i) {
                uint256 over = _distance(least, values[i]);
                sum += over;
                squares += over * over;
            }
            scatter = values.length * squares - sum * sum;
        }
    }

    /// @dev Returns `scatter / divisor` in units of 2^(2f) as units of 2^f.
    function _variance(uint256 scatter, uint256 divisor, uint256 fractionBits) private pure returns (int256) {
        // A scatter is below 2^254: n² times a variance, which is a quarter of the spread's square at most.
        return int256(mulDivHalfUp(scatter, 1, divisor * _one(fractionBits)));
    }

    /// @dev Returns `⌊±√(square · factor / divisor) / 2 + 1/2⌋`. The factor holds a 4: the integer part of a root twice as
    /// large tells on which side of a half the real one lies.
    function _root(uint256 square, uint256 factor, uint256 divisor, bool isNegative) private pure returns (int256) {
        return
            _halve({
                twice: Math.sqrt(Math.mulDiv(square, factor, divisor)),
                square: square,
                factor: factor,
                divisor: divisor,
                isNegative: isNegative
            });
    }

    /// @dev As `_root`, from the integer part of the root or 1 more: what a division by a root gives that was cut off, by less
    /// than one part in 2^126, as the root is below 2^97 · √n. Compares squares, 512 bits wide, and so rounds as the exact
    /// root would be.
    function _halve(
        uint256 twice,
        uint256 square,
        uint256 factor,
        uint256 divisor,
        bool isNegative
    ) private pure returns (int256) {
        // `twice` is below 2^128, its half an int256.
        unchecked {
            (uint256 high, uint256 low) = Math.mul512(twice * twice, divisor);
            (uint256 exactHigh, uint256 exactLow) = Math.mul512(square, factor);
            if (high > exactHigh || (high == exactHigh && low > exactLow)) --twice;
            int256 magnitude = int256((twice + 1) / 2);
            if (!isNegative) return magnitude;

            // Only a tie, exactly half of an odd number, goes another way below zero.
            bool isTie = twice % 2 == 1 && high == exactHigh && low == exactLow;
            return isTie ? 1 - magnitude : -magnitude;
        }
    }

    /// @dev Puts `value` in the place `index` of a heap, or below it: greater children move up. In assembly, since a
    /// transaction could not take the median of 10,000 with every access checked.
    function _siftDown(int256[] memory heap, uint256 index, int256 value) private pure {
        // The first child of place i is place 2i + 1; of the word at a, with the first at s, the word at 2a - s + 32. No
        // write is at or after `end`; a read may be, by one word that is then not used.
        assembly ("memory-safe") {
            let start := add(heap, 0x20)
            let end := add(start, shl(5, mload(heap)))
            let hole := add(start, shl(5, index))
            for {} 1 {} {
                let child := add(sub(shl(1, hole), start), 0x20)
                if iszero(lt(child, end)) {
                    break
                }
                let greater := mload(child)
                let sibling := add(child, 0x20)
                let rival := mload(sibling)
                if and(lt(sibling, end), sgt(rival, greater)) {
                    child := sibling
                    greater := rival
                }
                if iszero(sgt(greater, value)) {
                    break
                }
                mstore(hole, greater)
                hole := child
            }
            mstore(hole, value)
        }
    }

    /// @dev Returns `high - low`, which wraps to itself for any two int256 with `low ≤ high`.
    function _distance(int256 low, int256 high) private pure returns (uint256) {
        unchecked {
            return uint256(high) - uint256(low);
        }
    }

    /// @dev Returns `⌊a / b⌋` for a positive `b`.
    function _floorDiv(int256 a, int256 b) private pure returns (int256) {
        int256 quotient = a / b;
        return a % b < 0 ? quotient - 1 : quotient;
    }

    function _priceAt(int256[] memory prices, uint256 index) private pure returns (uint256) {
        int256 price = prices[index];
        require(price > 0 && price <= int256(uint256(type(uint128).max)), StatisticsPriceInvalid(index, price));
        return uint256(price);
    }

    function _one(uint256 fractionBits) private pure returns (uint256) {
        require(fractionBits <= MAX_FRACTION_BITS, StatisticsFractionBitsTooMany(fractionBits, MAX_FRACTION_BITS));
        return uint256(1) << fractionBits;
    }

    /// @dev Returns `4 · 2^(2f)`, what `_root` takes for a result of `f` fraction bits.
    function _quadruple(uint256 fractionBits) private pure returns (uint256) {
        uint256 one = _one(fractionBits);
        return 4 * one * one;
    }

    function _requireCount(int256[] memory values, uint256 least) private pure {
        require(values.length >= least, StatisticsCountTooSmall(values.length, least));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Statistics} from "../libraries/Statistics.sol";

/// @title StatisticsMock
/// @notice The library behind an address, for tests.
contract StatisticsMock {
    enum Statistic {
        Min,
        Max,
        Mean,
        Variance,
        StdDev,
        Median,
        Standardize,
        Normalize,
        Correlation,
        Returns
    }

    uint256 private constant FRACTION_BITS = 16;

    function min(int256[] calldata values) external pure returns (int256) {
        return Statistics.min(values);
    }

    function max(int256[] calldata values) external pure returns (int256) {
        return Statistics.max(values);
    }

    function mean(int256[] calldata values) external pure returns (int256) {
        return Statistics.mean(values);
    }

    function variance(int256[] calldata values, uint256 fractionBits) external pure returns (int256) {
        return Statistics.variance(values, fractionBits);
    }

    function sampleVariance(int256[] calldata values, uint256 fractionBits) external pure returns (int256) {
        return Statistics.sampleVariance(values, fractionBits);
    }

    function stdDev(int256[] calldata values) external pure returns (int256) {
        return Statistics.stdDev(values);
    }

    function sampleStdDev(int256[] calldata values) external pure returns (int256) {
        return Statistics.sampleStdDev(values);
    }

    function median(int256[] calldata values) external pure returns (int256) {
        return Statistics.median(values);
    }

    function standardize(int256[] calldata values, uint256 fractionBits) external pure returns (int256[] memory) {
        return Statistics.standardize(values, fractionBits);
    }

    function normalize(int256[] calldata values, uint256 fractionBits) external pure returns (int256[] memory) {
        return Statistics.normalize(values, fractionBits);
    }

    function correlation(
        int256[] calldata xs,
        int256[] calldata ys,
        uint256 fractionBits
    ) external pure returns (int256) {
        return Statistics.correlation({xs: xs, ys: ys, fractionBits: fractionBits});
    }

    function returnsOf(int256[] calldata prices, uint256 fractionBits) external pure returns (int256[] memory) {
        return Statistics.returnsOf(prices, fractionBits);
    }

    /// @notice Runs every function and returns whether the array is as it was.
    function keepsItsArguments(int256[] calldata given) external pure returns (bool) {
        int256[] memory values = given;
        bytes32 before = keccak256(abi.encode(values));
        Statistics.extremes(values);
        Statistics.mean(values);
        Statistics.sampleVariance(values, FRACTION_BITS);
        Statistics.sampleStdDev(values);
        Statistics.median(values);
        Statistics.standardize(values, FRACTION_BITS);
        Statistics.normalize(values, FRACTION_BITS);
        Statistics.correlation({xs: values, ys: values, fractionBits: FRACTION_BITS});
        Statistics.returnsOf(values, FRACTION_BITS);
        return keccak256(abi.encode(values)) == before;
    }

    /// @notice Returns the gas of one function on `count` drawn prices, or on ones that fall all the time.
    function gasOf(Statistic statistic, uint256 count, bool isFalling) external view returns (uint256) {
        int256[] memory values = _values(count, isFalling);
        uint256 before = gasleft();
        if (statistic == Statistic.Min) Statistics.min(values);
        else if (statistic == Statistic.Max) Statistics.max(values);
        else if (statistic == Statistic.Mean) Statistics.mean(values);
        else if (statistic == Statistic.Variance) Statistics.variance(values, FRACTION_BITS);
        else if (statistic == Statistic.StdDev) Statistics.stdDev(values);
        else if (statistic == Statistic.Median) Statistics.median(values);
        else if (statistic == Statistic.Standardize) Statistics.standardize(values, FRACTION_BITS);
        else if (statistic == Statistic.Normalize) Statistics.normalize(values, FRACTION_BITS);
        else if (statistic == Statistic.Returns) Statistics.returnsOf(values, FRACTION_BITS);
        else Statistics.correlation({xs: values, ys: values, fractionBits: FRACTION_BITS});
        return before - gasleft();
    }

    /// @notice Median of `count` numbers in an order that `isFalling` or is drawn, without a long calldata.
    function medianOf(uint256 count, bool isFalling) external pure returns (int256) {
        return Statistics.median(_values(count, isFalling));
    }

    function _values(uint256 count, bool isFalling) private pure returns (int256[] memory values) {
        values = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 drawn = isFalling ? count - i : uint256(keccak256(abi.encode(i))) % 2 ** 40;
            values[i] = int256(2 ** 40 + drawn);
        }
    }
}

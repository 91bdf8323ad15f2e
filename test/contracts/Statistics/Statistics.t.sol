// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StatisticsMock} from "../../../contracts/mocks/StatisticsMock.sol";

/// @notice Identities between the functions, on drawn arrays.
contract StatisticsTest {
    uint256 private constant F = 24;
    int256 private constant ONE = int256(1 << 24);

    StatisticsMock private _mock;

    function setUp() public {
        _mock = new StatisticsMock();
    }

    function testFuzz_MiddleIsBetweenTheEnds(int256[] memory values) public view {
        if (values.length == 0) return;
        (int256 least, int256 greatest) = (_mock.min(values), _mock.max(values));
        int256 median = _mock.median(values);
        int256 mean = _mock.mean(values);
        require(least <= median && median <= greatest, "median outside");
        require(least <= mean && mean <= greatest, "mean outside");
    }

    function testFuzz_VarianceIsNotNegative(uint256 seed, uint8 count, uint8 bits) public view {
        int256[] memory values = _drawn(seed, count, bits);
        int256 variance = _mock.variance(values, F);
        require(variance >= 0, "variance below zero");
        require(_mock.sampleVariance(values, F) >= variance, "sample variance below the population's");
        require(_mock.sampleStdDev(values) >= _mock.stdDev(values), "sample deviation below the population's");
    }

    function testFuzz_StdDevIsAtMostHalfOfTheSpread(uint256 seed, uint8 count, uint8 bits) public view {
        int256[] memory values = _drawn(seed, count, bits);
        int256 spread = _mock.max(values) - _mock.min(values);
        require(2 * _mock.stdDev(values) <= spread + 1, "deviation above half of the spread");
    }

    function testFuzz_StandardizedHasMeanZeroAndDeviationOne(uint256 seed, uint8 count, uint8 bits) public view {
        int256[] memory values = _uneven(seed, count, bits);
        int256[] memory z = _mock.standardize(values, F);
        // Each is off by half a unit at most, and so is the mean, before it is rounded.
        int256 mean = _mock.mean(z);
        require(-1 <= mean && mean <= 1, "mean is not zero");
        int256 deviation = _mock.stdDev(z);
        require(ONE - 2 <= deviation && deviation <= ONE + 2, "deviation is not one");
    }

    function testFuzz_StandardizedAndNormalizedKeepTheOrder(uint256 seed, uint8 count, uint8 bits) public view {
        int256[] memory values = _uneven(seed, count, bits);
        int256[] memory z = _mock.standardize(values, F);
        int256[] memory u = _mock.normalize(values, F);
        for (uint256 i = 1; i < values.length; ++i) {
            bool rises = values[i - 1] <= values[i];
            require(rises ? z[i - 1] <= z[i] : z[i - 1] >= z[i], "standardized in another order");
            require(rises ? u[i - 1] <= u[i] : u[i - 1] >= u[i], "normalized in another order");
            require(0 <= u[i] && u[i] <= ONE, "normalized outside [0, 1]");
        }
        require(_mock.min(u) == 0 && _mock.max(u) == ONE, "normalized ends are not 0 and 1");
    }

    function testFuzz_CorrelationIsWithinOneAndSymmetric(uint256 seed, uint8 count, uint8 bits) public view {
        int256[] memory xs = _uneven(seed, count, bits % 56);
        int256[] memory ys = _uneven(~seed, count, bits % 56);
        int256 r = _mock.correlation(xs, ys, F);
        require(-ONE <= r && r <= ONE, "correlation outside [-1, 1]");
        require(r == _mock.correlation(ys, xs, F), "correlation is not symmetric");
        require(_mock.correlation(xs, xs, F) == ONE, "not correlated with itself");
    }

    function testFuzz_OrderDoesNotMatter(uint256 seed, uint8 count, uint8 bits, uint8 by) public view {
        int256[] memory values = _drawn(seed, count, bits);
        int256[] memory turned = new int256[](values.length);
        for (uint256 i = 0; i < values.length; ++i) turned[i] = values[(i + by) % values.length];
        require(_mock.mean(turned) == _mock.mean(values), "mean depends on the order");
        require(_mock.median(turned) == _mock.median(values), "median depends on the order");
        require(_mock.variance(turned, F) == _mock.variance(values, F), "variance depends on the order");
        require(_mock.stdDev(turned) == _mock.stdDev(values), "deviation depends on the order");
    }

    function testFuzz_ShiftMovesTheMiddleAndNotTheSpread(uint256 seed, uint8 count, uint8 bits, int128 by) public view {
        int256[] memory values = _drawn(seed, count, bits);
        int256[] memory moved = new int256[](values.length);
        for (uint256 i = 0; i < values.length; ++i) moved[i] = values[i] + by;
        require(_mock.mean(moved) == _mock.mean(values) + by, "mean did not move");
        require(_mock.median(moved) == _mock.median(values) + by, "median did not move");
        require(_mock.variance(moved, F) == _mock.variance(values, F), "variance moved");
    }

    /// @dev 2 to 41 elements of up to 110 bits, of either sign.
    function _drawn(uint256 seed, uint8 count, uint8 bits) private pure returns (int256[] memory values) {
        values = new int256[](2 + (count % 40));
        uint256 range = uint256(1) << (1 + (bits % 110));
        for (uint256 i = 0; i < values.length; ++i) {
            values[i] = int256(uint256(keccak256(abi.encode(seed, i))) % range) - int256(range / 2);
        }
    }

    /// @dev As `_drawn`, not all equal.
    function _uneven(uint256 seed, uint8 count, uint8 bits) private pure returns (int256[] memory values) {
        values = _drawn(seed, count, bits);
        values[0] = values[1] + 1;
    }
}

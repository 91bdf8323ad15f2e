// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A point of a fee curve.
/// @param answer Answer of the feed, in its decimals.
/// @param fee In hundredths of a basis point: 3,000 is 0.3 %.
struct Knot {
    int64 answer;
    uint24 fee;
}

/// @title FeeCurve
/// @notice A fee that rises with an answer, in straight lines between knots, and is bounded by the first and the last of them.
library FeeCurve {
    /// @notice Most knots of a curve.
    uint256 internal constant MAX_KNOTS = 16;
    /// @notice Highest fee, 10 %, in hundredths of a basis point.
    uint24 internal constant MAX_FEE = 100_000;

    error FeeCurveLengthInvalid(uint256 knots, uint256 limit);
    /// @notice The answer of a knot is not above that of the one before it, or its fee is below that of the one before it.
    error FeeCurveNotRising(uint256 knot);
    error FeeTooHigh(uint256 fee, uint256 limit);

    /// @notice Reverts unless `curve` has knots, and both their answers and their fees rise, fees not strictly.
    function requireValid(Knot[] memory curve) internal pure {
        uint256 count = curve.length;
        require(0 < count && count <= MAX_KNOTS, FeeCurveLengthInvalid(count, MAX_KNOTS));
        for (uint256 i = 1; i < count; ++i) {
            bool rises = curve[i].answer > curve[i - 1].answer && curve[i].fee >= curve[i - 1].fee;
            require(rises, FeeCurveNotRising(i));
        }
        uint24 highest = curve[count - 1].fee;
        require(highest <= MAX_FEE, FeeTooHigh(highest, MAX_FEE));
    }

    /// @notice Returns the fee for an answer, rounded down; any answer has one.
    function feeAt(Knot[] memory curve, int256 answer) internal pure returns (uint24) {
        if (answer <= curve[0].answer) return curve[0].fee;
        for (uint256 i = 1; i < curve.length; ++i) {
            Knot memory right = curve[i];
            if (answer >= right.answer) continue;
            Knot memory left = curve[i - 1];
            // Between two answers of 64 bits: below 2^64, times a fee below 2^24.
            uint256 run = uint256(answer - left.answer);
            uint256 width = uint256(int256(right.answer) - left.answer);
            return left.fee + uint24((run * (right.fee - left.fee)) / width);
        }
        return curve[curve.length - 1].fee;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeeCurve, Knot} from "../../../contracts/examples/FeeCurve.sol";

contract FeeCurveTest {
    uint256 private constant KNOTS = 4;

    /// @dev A curve of four knots from whatever was drawn.
    function _curve(int32 first, uint16[KNOTS] memory steps) private pure returns (Knot[] memory curve) {
        curve = new Knot[](KNOTS);
        (int64 answer, uint24 fee) = (first, 0);
        for (uint256 i = 0; i < KNOTS; ++i) {
            (answer, fee) = (answer + int64(uint64(steps[i])) + 1, fee + steps[i] / 3);
            curve[i] = Knot({answer: answer, fee: fee});
        }
        FeeCurve.requireValid(curve);
    }

    function testFuzz_FeeStaysBetweenTheEnds(int32 first, uint16[KNOTS] memory steps, int256 answer) public pure {
        Knot[] memory curve = _curve(first, steps);
        uint24 fee = FeeCurve.feeAt(curve, answer);
        require(curve[0].fee <= fee && fee <= curve[KNOTS - 1].fee, "outside");
    }

    function testFuzz_FeeNeverFallsAsTheAnswerRises(
        int32 first,
        uint16[KNOTS] memory steps,
        int40 answer,
        uint32 rise
    ) public pure {
        Knot[] memory curve = _curve(first, steps);
        require(
            FeeCurve.feeAt(curve, answer) <= FeeCurve.feeAt(curve, int256(answer) + int256(uint256(rise))),
            "falls"
        );
    }

    function testFuzz_FeeOfAKnotIsItsOwn(int32 first, uint16[KNOTS] memory steps) public pure {
        Knot[] memory curve = _curve(first, steps);
        for (uint256 i = 0; i < KNOTS; ++i) {
            require(FeeCurve.feeAt(curve, curve[i].answer) == curve[i].fee, "another");
        }
    }

    /// @dev Against division of the whole line, without the library's order of steps.
    function testFuzz_FeeBetweenTwoKnotsIsTheLine(
        int64 left,
        int64 right,
        uint24 low,
        uint24 high,
        int64 answer
    ) public pure {
        if (left > right) (left, right) = (right, left);
        if (left == right) return;
        (low, high) = (low % 100_001, high % 100_001);
        if (low > high) (low, high) = (high, low);
        if (answer < left || answer > right) return;
        Knot[] memory curve = new Knot[](2);
        (curve[0], curve[1]) = (Knot({answer: left, fee: low}), Knot({answer: right, fee: high}));
        FeeCurve.requireValid(curve);
        int256 width = int256(right) - left;
        int256 numerator = int256(uint256(low)) * width + (int256(answer) - left) * int256(uint256(high - low));
        require(FeeCurve.feeAt(curve, answer) == uint256(numerator / width), "off the line");
    }
}

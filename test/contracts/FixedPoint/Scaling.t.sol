// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Scaling} from "../../../contracts/libraries/Scaling.sol";
import {FixedDivisionByZero, FixedOverflow} from "../../../contracts/types/Fixed.sol";

/// @dev Calls that may revert, from outside.
contract ScalingCalls {
    function scaleDown(int256 a, uint256 b, uint256 c) external pure returns (int256) {
        return Scaling.scaleDown(a, b, c);
    }

    function scaleUp(int256 a, uint256 b, uint256 c) external pure returns (int256) {
        return Scaling.scaleUp(a, b, c);
    }

    function scaleNearest(int256 a, uint256 b, uint256 c) external pure returns (int256) {
        return Scaling.scaleNearest(a, b, c);
    }
}

/// @title ScalingTest
/// @notice Quotients over the whole range of 256 bits, against products of 512: on the named side, or refused since none fits.
contract ScalingTest {
    ScalingCalls private immutable _calls = new ScalingCalls();

    function testFuzz_DownIsTheGreatestBelow(int256 a, uint256 b, uint256 c) public view {
        if (c == 0) return;
        _check(abi.encodeCall(ScalingCalls.scaleDown, (a, b, c)), a, b, c, a < 0 ? c - 1 : 0);
    }

    function testFuzz_UpIsTheLeastAbove(int256 a, uint256 b, uint256 c) public view {
        if (c == 0) return;
        _check(abi.encodeCall(ScalingCalls.scaleUp, (a, b, c)), a, b, c, a < 0 ? 0 : c - 1);
    }

    /// @dev `⌊x + 1/2⌋`: a magnitude goes up from the half, or above a half where that is downwards.
    function testFuzz_NearestTakesTiesUp(int256 a, uint256 b, uint256 c) public view {
        if (c == 0) return;
        _check(abi.encodeCall(ScalingCalls.scaleNearest, (a, b, c)), a, b, c, a < 0 ? (c - 1) / 2 : c / 2);
    }

    function test_TheEndsOfTheRange() public view {
        (int256 least, int256 most) = (type(int256).min, type(int256).max);
        uint256 widest = type(uint256).max;
        require(Scaling.scaleNearest(least, widest, widest) == least, "the least");
        require(Scaling.scaleNearest(most, widest, widest) == most, "the most");
        require(Scaling.scaleUp(least, 1, widest) == 0 && Scaling.scaleDown(least, 1, widest) == -1, "next to none");
        require(Scaling.mulDown(least, 1, 1) == least && Scaling.mulUp(1, least, 1) == least, "a factor of one");
        require(Scaling.divDown(least, 1, most) == -2 && Scaling.divUp(least, 1, most) == -1, "a divisor with a sign");
        _refuse(abi.encodeCall(ScalingCalls.scaleDown, (least, 2, 1)), FixedOverflow.selector);
        _refuse(abi.encodeCall(ScalingCalls.scaleUp, (most, widest, widest - 1)), FixedOverflow.selector);
        _refuse(abi.encodeCall(ScalingCalls.scaleNearest, (1, 1, 0)), FixedDivisionByZero.selector);
    }

    /// @dev The magnitude must be `⌊(|a| · b + offset) / c⌋`.
    function _check(bytes memory call, int256 a, uint256 b, uint256 c, uint256 offset) private view {
        (uint256 high, uint256 low) = Math.mul512(_magnitude(a), b);
        unchecked {
            low += offset;
            if (low < offset) ++high;
        }
        (bool success, bytes memory returned) = address(_calls).staticcall(call);
        if (!success) {
            require(bytes4(returned) == FixedOverflow.selector, "refused for another reason");
            uint256 limit = a < 0 ? (1 << 255) + 1 : 1 << 255;
            (uint256 limitHigh, uint256 limitLow) = Math.mul512(limit, c);
            require(high > limitHigh || (high == limitHigh && low >= limitLow), "refused within the range");
            return;
        }
        int256 quotient = abi.decode(returned, (int256));
        require(quotient == 0 || (quotient < 0) == (a < 0), "another sign");
        (uint256 backHigh, uint256 backLow) = Math.mul512(_magnitude(quotient), c);
        bool isBelow = backHigh < high || (backHigh == high && backLow <= low);
        require(isBelow, "too large");
        unchecked {
            // At most the high word is borrowed from.
            uint256 rest = low - backLow;
            uint256 borrowed = low < backLow ? 1 : 0;
            require(high - backHigh - borrowed == 0 && rest < c, "too small");
        }
    }

    function _magnitude(int256 x) private pure returns (uint256) {
        // The negative of the least int256 is 2^255, as of any other its magnitude.
        unchecked {
            return x < 0 ? 0 - uint256(x) : uint256(x);
        }
    }

    function _refuse(bytes memory call, bytes4 selector) private view {
        (bool success, bytes memory reason) = address(_calls).staticcall(call);
        require(!success && bytes4(reason) == selector, "accepted, or refused for another reason");
    }
}

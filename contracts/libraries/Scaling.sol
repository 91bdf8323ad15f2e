// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedDivisionByZero, FixedOverflow} from "../types/Fixed.sol";

/// @title Scaling
/// @notice Signed `a · b / c` at full precision, in each direction of rounding.
/// @dev A quotient beyond an int256 reverts with `FixedOverflow`, `c` of zero with `FixedDivisionByZero`.
library Scaling {
    /// @dev Magnitude of the least int256.
    uint256 private constant LEAST = 1 << 255;

    /// @notice Returns `⌊a · b / c⌋`.
    function mulDown(int256 a, int256 b, uint256 c) internal pure returns (int256) {
        bool isNegative = (a < 0) != (b < 0);
        return _signed(isNegative, _quotient(_magnitude(a), _magnitude(b), c, isNegative));
    }

    /// @notice Returns `⌈a · b / c⌉`.
    function mulUp(int256 a, int256 b, uint256 c) internal pure returns (int256) {
        bool isNegative = (a < 0) != (b < 0);
        return _signed(isNegative, _quotient(_magnitude(a), _magnitude(b), c, !isNegative));
    }

    /// @notice Returns `⌊a · b / c⌋`, whose divisor has a sign.
    function divDown(int256 a, uint256 b, int256 c) internal pure returns (int256) {
        bool isNegative = (a < 0) != (c < 0);
        return _signed(isNegative, _quotient(_magnitude(a), b, _magnitude(c), isNegative));
    }

    /// @notice Returns `⌈a · b / c⌉`, whose divisor has a sign.
    function divUp(int256 a, uint256 b, int256 c) internal pure returns (int256) {
        bool isNegative = (a < 0) != (c < 0);
        return _signed(isNegative, _quotient(_magnitude(a), b, _magnitude(c), !isNegative));
    }

    /// @notice Returns `⌊a · b / c⌋`.
    function scaleDown(int256 a, uint256 b, uint256 c) internal pure returns (int256) {
        return _signed(a < 0, _quotient(_magnitude(a), b, c, a < 0));
    }

    /// @notice Returns `⌈a · b / c⌉`.
    function scaleUp(int256 a, uint256 b, uint256 c) internal pure returns (int256) {
        return _signed(a < 0, _quotient(_magnitude(a), b, c, a >= 0));
    }

    /// @notice Returns `⌊a · b / c + 1/2⌋`: the nearest integer, a tie towards plus infinity, as inputs are quantized off-chain
    /// and circuits round (docs/statement.md, section 5).
    function scaleNearest(int256 a, uint256 b, uint256 c) internal pure returns (int256) {
        uint256 whole = _quotient(_magnitude(a), b, c, false);
        uint256 rest = mulmod(_magnitude(a), b, c);
        // The magnitude goes up beyond the middle, and from there on where that is towards plus infinity.
        uint256 other = c - rest;
        bool isUp = rest > other || (rest == other && a >= 0);
        return _signed(a < 0, isUp ? _increment(whole) : whole);
    }

    /// @dev `x · y / z`, rounded away from zero where `isUp`.
    function _quotient(uint256 x, uint256 y, uint256 z, bool isUp) private pure returns (uint256 quotient) {
        require(z != 0, FixedDivisionByZero());
        (uint256 high, ) = Math.mul512(x, y);
        require(high < z, FixedOverflow());
        quotient = Math.mulDiv(x, y, z);
        if (isUp && mulmod(x, y, z) != 0) quotient = _increment(quotient);
    }

    function _increment(uint256 x) private pure returns (uint256) {
        require(x < LEAST, FixedOverflow());
        return x + 1;
    }

    function _magnitude(int256 x) private pure returns (uint256) {
        // Of the least int256, which has no negative, too: 0 - 2^255 is 2^255 modulo 2^256.
        unchecked {
            return x < 0 ? 0 - uint256(x) : uint256(x);
        }
    }

    function _signed(bool isNegative, uint256 x) private pure returns (int256) {
        if (!isNegative) {
            require(x < LEAST, FixedOverflow());
            return int256(x);
        }
        require(x <= LEAST, FixedOverflow());
        // At most 2^255, whose negative is the least int256.
        unchecked {
            return int256(0 - x);
        }
    }
}

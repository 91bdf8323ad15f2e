// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Scaling} from "../libraries/Scaling.sol";

/// @notice A real number with 18 decimals: `Fixed.wrap(1.5e18)` is 1.5.
/// @dev Sums and differences are exact. A product or a quotient names the direction in which it is rounded. What is beyond the
/// range of an int256 reverts with `FixedOverflow`, a quotient by zero with `FixedDivisionByZero`.
type Fixed is int256;

/// @notice A result has more than 255 bits and a sign.
error FixedOverflow();
error FixedDivisionByZero();

using {
    plus as +,
    minus as -,
    negative as -,
    equal as ==,
    differs as !=,
    below as <,
    atMost as <=,
    above as >,
    atLeast as >=
} for Fixed global;
using {mulDown, mulUp, divDown, divUp, magnitude, lesser, greater} for Fixed global;

Fixed constant FIXED_ZERO = Fixed.wrap(0);
Fixed constant FIXED_ONE = Fixed.wrap(1e18);

/// @dev Raw units of one.
uint256 constant FIXED_UNIT = 1e18;

function plus(Fixed a, Fixed b) pure returns (Fixed) {
    (int256 x, int256 y) = (Fixed.unwrap(a), Fixed.unwrap(b));
    // What wraps is checked: a sum of two of one sign has that sign.
    unchecked {
        int256 sum = x + y;
        require(((x ^ sum) & (y ^ sum)) >= 0, FixedOverflow());
        return Fixed.wrap(sum);
    }
}

function minus(Fixed a, Fixed b) pure returns (Fixed) {
    (int256 x, int256 y) = (Fixed.unwrap(a), Fixed.unwrap(b));
    // What wraps is checked: a difference of two of unlike signs has that of the first.
    unchecked {
        int256 difference = x - y;
        require(((x ^ y) & (x ^ difference)) >= 0, FixedOverflow());
        return Fixed.wrap(difference);
    }
}

function negative(Fixed a) pure returns (Fixed) {
    return minus(FIXED_ZERO, a);
}

/// @notice Returns `a · b`, rounded towards minus infinity.
function mulDown(Fixed a, Fixed b) pure returns (Fixed) {
    return Fixed.wrap(Scaling.mulDown(Fixed.unwrap(a), Fixed.unwrap(b), FIXED_UNIT));
}

/// @notice Returns `a · b`, rounded towards plus infinity.
function mulUp(Fixed a, Fixed b) pure returns (Fixed) {
    return Fixed.wrap(Scaling.mulUp(Fixed.unwrap(a), Fixed.unwrap(b), FIXED_UNIT));
}

/// @notice Returns `a / b`, rounded towards minus infinity.
function divDown(Fixed a, Fixed b) pure returns (Fixed) {
    return Fixed.wrap(Scaling.divDown(Fixed.unwrap(a), FIXED_UNIT, Fixed.unwrap(b)));
}

/// @notice Returns `a / b`, rounded towards plus infinity.
function divUp(Fixed a, Fixed b) pure returns (Fixed) {
    return Fixed.wrap(Scaling.divUp(Fixed.unwrap(a), FIXED_UNIT, Fixed.unwrap(b)));
}

/// @notice Returns `|a|`.
function magnitude(Fixed a) pure returns (Fixed) {
    return Fixed.unwrap(a) < 0 ? negative(a) : a;
}

/// @notice Returns the lesser of two.
function lesser(Fixed a, Fixed b) pure returns (Fixed) {
    return below(b, a) ? b : a;
}

/// @notice Returns the greater of two.
function greater(Fixed a, Fixed b) pure returns (Fixed) {
    return below(a, b) ? b : a;
}

function equal(Fixed a, Fixed b) pure returns (bool) {
    return Fixed.unwrap(a) == Fixed.unwrap(b);
}

function differs(Fixed a, Fixed b) pure returns (bool) {
    return Fixed.unwrap(a) != Fixed.unwrap(b);
}

function below(Fixed a, Fixed b) pure returns (bool) {
    return Fixed.unwrap(a) < Fixed.unwrap(b);
}

function atMost(Fixed a, Fixed b) pure returns (bool) {
    return Fixed.unwrap(a) <= Fixed.unwrap(b);
}

function above(Fixed a, Fixed b) pure returns (bool) {
    return Fixed.unwrap(a) > Fixed.unwrap(b);
}

function atLeast(Fixed a, Fixed b) pure returns (bool) {
    return Fixed.unwrap(a) >= Fixed.unwrap(b);
}

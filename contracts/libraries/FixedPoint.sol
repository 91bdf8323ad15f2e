// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {FIXED_UNIT, Fixed} from "../types/Fixed.sol";
import {Scaling} from "./Scaling.sol";

/// @title FixedPoint
/// @notice Numbers of 18 decimals out of a release's integers, and back; likewise of amounts with other decimals.
/// @dev A release's integer `q` stands for `q · 2^-fractionBits`; both fractions are in its record (`IModelRegistry`).
/// Rounding names its direction: `Down` towards minus infinity, `Up` towards plus infinity, `Nearest` to the nearest with a tie
/// upwards, as the circuits and the SDK do. What is beyond an int256 reverts with `FixedOverflow`.
library FixedPoint {
    /// @notice The number has a scale that no integer of 256 bits holds.
    error FixedScaleTooLarge(uint256 decimals, uint256 limit);

    uint256 private constant MAX_DECIMALS = 77;

    /* INTEGERS OF A RELEASE */

    /// @notice Returns `q · 2^-fractionBits`; exact for up to 18 fraction bits.
    function fromModelDown(int256 q, uint8 fractionBits) internal pure returns (Fixed) {
        return Fixed.wrap(Scaling.scaleDown(q, FIXED_UNIT, uint256(1) << fractionBits));
    }

    /// @notice As `fromModelDown`, rounded towards plus infinity.
    function fromModelUp(int256 q, uint8 fractionBits) internal pure returns (Fixed) {
        return Fixed.wrap(Scaling.scaleUp(q, FIXED_UNIT, uint256(1) << fractionBits));
    }

    /// @notice As `fromModelDown`, rounded to the nearest.
    function fromModelNearest(int256 q, uint8 fractionBits) internal pure returns (Fixed) {
        return Fixed.wrap(Scaling.scaleNearest(q, FIXED_UNIT, uint256(1) << fractionBits));
    }

    /// @notice Returns the integer that stands for a number at most `value`.
    function toModelDown(Fixed value, uint8 fractionBits) internal pure returns (int256) {
        return Scaling.scaleDown(Fixed.unwrap(value), uint256(1) << fractionBits, FIXED_UNIT);
    }

    /// @notice Returns the integer that stands for a number at least `value`.
    function toModelUp(Fixed value, uint8 fractionBits) internal pure returns (int256) {
        return Scaling.scaleUp(Fixed.unwrap(value), uint256(1) << fractionBits, FIXED_UNIT);
    }

    /// @notice Returns the integer that stands for the nearest number: what an input is quantized to.
    function toModelNearest(Fixed value, uint8 fractionBits) internal pure returns (int256) {
        return Scaling.scaleNearest(Fixed.unwrap(value), uint256(1) << fractionBits, FIXED_UNIT);
    }

    /* AMOUNTS */

    /// @notice Returns a whole number.
    function fromInteger(int256 value) internal pure returns (Fixed) {
        return Fixed.wrap(Scaling.scaleDown(value, FIXED_UNIT, 1));
    }

    /// @notice Returns `amount · 10^-decimals`, rounded towards minus infinity; exact for up to 18 decimals.
    function fromDecimalsDown(int256 amount, uint8 decimals) internal pure returns (Fixed) {
        return Fixed.wrap(Scaling.scaleDown(amount, FIXED_UNIT, _power(decimals)));
    }

    /// @notice As `fromDecimalsDown`, rounded towards plus infinity.
    function fromDecimalsUp(int256 amount, uint8 decimals) internal pure returns (Fixed) {
        return Fixed.wrap(Scaling.scaleUp(amount, FIXED_UNIT, _power(decimals)));
    }

    /// @notice Returns the amount in units of `10^-decimals`, rounded towards minus infinity.
    function toDecimalsDown(Fixed value, uint8 decimals) internal pure returns (int256) {
        return Scaling.scaleDown(Fixed.unwrap(value), _power(decimals), FIXED_UNIT);
    }

    /// @notice As `toDecimalsDown`, rounded towards plus infinity.
    function toDecimalsUp(Fixed value, uint8 decimals) internal pure returns (int256) {
        return Scaling.scaleUp(Fixed.unwrap(value), _power(decimals), FIXED_UNIT);
    }

    function _power(uint8 decimals) private pure returns (uint256) {
        require(decimals <= MAX_DECIMALS, FixedScaleTooLarge(decimals, MAX_DECIMALS));
        return 10 ** decimals;
    }
}

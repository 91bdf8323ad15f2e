// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "../../../contracts/libraries/FixedPoint.sol";
import {FixedTensors} from "../../../contracts/libraries/FixedTensors.sol";
import {Scaling} from "../../../contracts/libraries/Scaling.sol";
import {TensorCodec} from "../../../contracts/libraries/TensorCodec.sol";
import {TensorEncoding, WordMode} from "../../../contracts/types/Circuit.sol";
import {FIXED_ONE, FIXED_ZERO, Fixed, FixedDivisionByZero, FixedOverflow} from "../../../contracts/types/Fixed.sol";
import {requireRefused} from "../refused.sol";

/// @dev Calls that revert, from outside.
contract FixedCalls {
    function plus(Fixed a, Fixed b) external pure returns (Fixed) {
        return a + b;
    }

    function minus(Fixed a, Fixed b) external pure returns (Fixed) {
        return a - b;
    }

    function mulDown(Fixed a, Fixed b) external pure returns (Fixed) {
        return a.mulDown(b);
    }

    function mulUp(Fixed a, Fixed b) external pure returns (Fixed) {
        return a.mulUp(b);
    }

    function divDown(Fixed a, Fixed b) external pure returns (Fixed) {
        return a.divDown(b);
    }

    function fromDecimalsDown(int256 amount, uint8 decimals) external pure returns (Fixed) {
        return FixedPoint.fromDecimalsDown(amount, decimals);
    }

    function pack(
        Fixed[] memory values,
        TensorEncoding memory encoding,
        uint8 fractionBits
    ) external pure returns (uint256[] memory) {
        return FixedTensors.pack(values, encoding, fractionBits);
    }
}

/// @title FixedPointTest
/// @notice Sums are exact or revert, products and quotients lie on the named side, and a release's integers read back.
contract FixedPointTest {
    FixedCalls private immutable _calls = new FixedCalls();

    function testFuzz_SumsAreExactOrRevert(int256 a, int256 b) public view {
        (bool added, bytes memory sum) = _tried(abi.encodeCall(FixedCalls.plus, (Fixed.wrap(a), Fixed.wrap(b))));
        (bool taken, bytes memory rest) = _tried(abi.encodeCall(FixedCalls.minus, (Fixed.wrap(a), Fixed.wrap(b))));
        unchecked {
            require(added == ((b >= 0) == (a + b >= a)), "a sum beyond the range, or none within it");
            require(taken == ((b >= 0) == (a - b <= a)), "a difference beyond the range, or none within it");
            if (added) require(abi.decode(sum, (int256)) == a + b, "another sum");
            if (taken) require(abi.decode(rest, (int256)) == a - b, "another difference");
        }
        if (!added) require(bytes4(sum) == FixedOverflow.selector, "refused for another reason");
        if (!taken) require(bytes4(rest) == FixedOverflow.selector, "refused for another reason");
    }

    function testFuzz_ProductsAreRoundedAsTheySay(int128 a, int112 b) public pure {
        int256 exact = int256(a) * b;
        int256 down = Fixed.unwrap(Fixed.wrap(a).mulDown(Fixed.wrap(b)));
        int256 up = Fixed.unwrap(Fixed.wrap(a).mulUp(Fixed.wrap(b)));
        require(down * 1e18 <= exact && exact - down * 1e18 < 1e18, "not the next below");
        require(up - down == (exact % 1e18 == 0 ? int256(0) : int256(1)), "not the next above");
    }

    function testFuzz_QuotientsAreRoundedAsTheySay(int128 a, int112 b) public pure {
        if (b == 0) return;
        int256 down = Fixed.unwrap(Fixed.wrap(a).divDown(Fixed.wrap(b)));
        int256 up = Fixed.unwrap(Fixed.wrap(a).divUp(Fixed.wrap(b)));
        int256 rest = int256(a) * 1e18 - down * b;
        int256 size = b < 0 ? -int256(b) : int256(b);
        require(b < 0 ? rest <= 0 && -rest < size : rest >= 0 && rest < size, "not the next below");
        require(up - down == (rest == 0 ? int256(0) : int256(1)), "not the next above");
    }

    function testFuzz_ModelIntegersReadBack(int192 q, uint8 bits) public pure {
        uint8 fractionBits = bits % 19;
        Fixed value = FixedPoint.fromModelDown(q, fractionBits);
        require(value == FixedPoint.fromModelUp(q, fractionBits), "18 bits are exact");
        require(value == FixedPoint.fromModelNearest(q, fractionBits), "18 bits are exact");
        require(FixedPoint.toModelDown(value, fractionBits) == q, "another integer below");
        require(FixedPoint.toModelNearest(value, fractionBits) == q, "another integer next");
        require(FixedPoint.toModelUp(value, fractionBits) == q, "another integer above");
    }

    /// @dev `⌊v + 1/2⌋`, as `quantizeTensor` of the protocol package has it.
    function testFuzz_NearestIsHalfUp(int128 raw, uint8 bits) public pure {
        uint8 fractionBits = bits % 60;
        int256 scaled = int256(raw) * int256(uint256(1) << fractionBits);
        int256 nearest = FixedPoint.toModelNearest(Fixed.wrap(raw), fractionBits);
        int256 doubled = 2 * scaled + 1e18 - nearest * 2e18;
        require(doubled >= 0 && doubled < 2e18, "not the nearest, or a tie downwards");
    }

    function test_TiesGoUp() public pure {
        require(FixedPoint.toModelNearest(Fixed.wrap(0.5e18), 0) == 1, "1/2");
        require(FixedPoint.toModelNearest(Fixed.wrap(-0.5e18), 0) == 0, "-1/2");
        require(FixedPoint.toModelNearest(Fixed.wrap(-1.5e18), 0) == -1, "-3/2");
        require(FixedPoint.toModelNearest(Fixed.wrap(-1.5e18 - 1), 0) == -2, "below -3/2");
        require(FixedPoint.toModelNearest(Fixed.wrap(0.5e18 - 1), 0) == 0, "below 1/2");
    }

    function test_AmountsHaveDecimals() public pure {
        require(FixedPoint.fromDecimalsDown(-1_500_000, 6) == Fixed.wrap(-1.5e18), "six decimals");
        require(FixedPoint.fromDecimalsDown(-1, 19) == Fixed.wrap(-1), "below");
        require(FixedPoint.fromDecimalsUp(-1, 19) == FIXED_ZERO, "above");
        require(FixedPoint.toDecimalsDown(Fixed.wrap(-1), 6) == -1, "below");
        require(FixedPoint.toDecimalsUp(Fixed.wrap(-1), 6) == 0, "above");
        require(FixedPoint.fromInteger(-3) == Fixed.wrap(-3e18), "whole");
    }

    function test_OrderAndSign() public pure {
        Fixed less = Fixed.wrap(-2e18);
        require(less < FIXED_ONE && less <= FIXED_ONE && FIXED_ONE > less && FIXED_ONE >= less, "order");
        require(less <= less && less >= less && less == less && less != FIXED_ONE, "equal");
        require(-less == Fixed.wrap(2e18) && less.magnitude() == -less && FIXED_ONE.magnitude() == FIXED_ONE, "sign");
        require(less.lesser(FIXED_ONE) == less && FIXED_ONE.lesser(less) == less, "lesser");
        require(less.greater(FIXED_ONE) == FIXED_ONE && FIXED_ONE.greater(less) == FIXED_ONE, "greater");
    }

    function test_WhatIsBeyondTheRangeReverts() public view {
        Fixed most = Fixed.wrap(type(int256).max);
        Fixed least = Fixed.wrap(type(int256).min);
        bytes memory overflow = abi.encodeWithSelector(FixedOverflow.selector);
        bytes memory byZero = abi.encodeWithSelector(FixedDivisionByZero.selector);
        requireRefused(address(_calls), abi.encodeCall(FixedCalls.mulDown, (most, Fixed.wrap(1e18 + 1))), overflow);
        requireRefused(address(_calls), abi.encodeCall(FixedCalls.mulUp, (least, Fixed.wrap(-1e18))), overflow);
        requireRefused(address(_calls), abi.encodeCall(FixedCalls.divDown, (most, Fixed.wrap(1e18 - 1))), overflow);
        requireRefused(address(_calls), abi.encodeCall(FixedCalls.divDown, (most, FIXED_ZERO)), byZero);
        require(least.mulDown(FIXED_ONE) == least && most.mulUp(FIXED_ONE) == most, "one changes something");
        requireRefused(
            address(_calls),
            abi.encodeCall(FixedCalls.fromDecimalsDown, (1, 78)),
            abi.encodeWithSelector(FixedPoint.FixedScaleTooLarge.selector, 78, 77)
        );
    }

    function testFuzz_WordsAreThoseOfTheNearestIntegers(int40[7] memory raws, uint8 bits) public pure {
        uint8 fractionBits = bits % 16;
        TensorEncoding memory encoding = TensorEncoding({mode: WordMode.Public, elements: 7, bits: 60, isSigned: true});
        Fixed[] memory values = new Fixed[](7);
        int256[] memory expected = new int256[](7);
        for (uint256 i = 0; i < 7; ++i) {
            values[i] = Fixed.wrap(int256(raws[i]) * 1e14);
            expected[i] = Scaling.scaleNearest(raws[i], uint256(1) << fractionBits, 1e4);
        }
        uint256[] memory words = FixedTensors.pack(values, encoding, fractionBits);
        int256[] memory elements = TensorCodec.unpack(words, encoding);
        Fixed[] memory read = FixedTensors.unpack(words, encoding, fractionBits);
        int256[] memory raw = FixedTensors.raw(read);
        for (uint256 i = 0; i < 7; ++i) {
            require(elements[i] == expected[i], "another integer");
            require(read[i] == FixedPoint.fromModelDown(elements[i], fractionBits), "another number");
            require(FixedTensors.valueAt(words, encoding, fractionBits, i) == read[i], "another element");
            require(raw[i] == Fixed.unwrap(read[i]), "other raw integers");
        }
    }

    function test_ANumberThatTheReleaseCannotTellIsRefused() public view {
        TensorEncoding memory encoding = TensorEncoding({mode: WordMode.Public, elements: 1, bits: 8, isSigned: true});
        Fixed[] memory values = new Fixed[](1);
        values[0] = Fixed.wrap(128e18);
        requireRefused(
            address(_calls),
            abi.encodeCall(FixedCalls.pack, (values, encoding, 0)),
            abi.encodeWithSelector(TensorCodec.TensorElementOutOfRange.selector, 0, 128)
        );
    }

    function _tried(bytes memory call) private view returns (bool, bytes memory) {
        return address(_calls).staticcall(call);
    }
}

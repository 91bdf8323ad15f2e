// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title IntegerKernels
/// @notice Loops over tensors in memory: runs of 32-byte integers, given by a pointer and a number of elements.
/// @dev Warning: nothing is checked in here. The caller proves that what is read and written lies in memory that it
/// allocated. Where an output overlaps an operand, as in no program that the compiler makes, results follow from the order
/// of the loops; they stay within that memory. Element-wise loops keep operands by their distance from the output, so that
/// one pointer moves.
library IntegerKernels {
    /// @notice Writes `count` integers of `width` bytes each, big-endian, signed.
    function load(uint256 output, uint256 data, uint256 count, uint256 width) internal pure {
        assembly ("memory-safe") {
            let end := add(output, shl(5, count))
            let top := sub(width, 1)
            // The word that ends with the integer; what comes before it is cut off.
            data := sub(add(data, width), 0x20)
            for {} lt(output, end) {} {
                mstore(output, signextend(top, mload(data)))
                output := add(output, 0x20)
                data := add(data, width)
            }
        }
    }

    /// @notice Writes the elements of a frame at `count` addresses of two bytes each.
    /// @param frame Pointer to the frame's first element.
    /// @return inside Whether every address is below `size`; the frame may have been read past its end if not.
    function gather(
        uint256 output,
        uint256 addresses,
        uint256 count,
        uint256 frame,
        uint256 size
    ) internal pure returns (bool inside) {
        assembly ("memory-safe") {
            let end := add(output, shl(5, count))
            let last := sub(end, 0xe0)
            let lastDistance := shl(5, sub(size, 1))
            let outside := 0
            // Eight at a time. An address, times 32, is a distance from the frame's start.
            for {} lt(output, last) {} {
                let word := mload(addresses)
                let distance := and(shr(235, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(output, mload(add(frame, distance)))
                distance := and(shr(219, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(add(output, 0x20), mload(add(frame, distance)))
                distance := and(shr(203, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(add(output, 0x40), mload(add(frame, distance)))
                distance := and(shr(187, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(add(output, 0x60), mload(add(frame, distance)))
                distance := and(shr(171, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(add(output, 0x80), mload(add(frame, distance)))
                distance := and(shr(155, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(add(output, 0xa0), mload(add(frame, distance)))
                distance := and(shr(139, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(add(output, 0xc0), mload(add(frame, distance)))
                distance := and(shr(123, word), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(add(output, 0xe0), mload(add(frame, distance)))
                output := add(output, 0x100)
                addresses := add(addresses, 0x10)
            }
            for {} lt(output, end) {} {
                let distance := and(shr(235, mload(addresses)), 0x1fffe0)
                outside := or(outside, gt(distance, lastDistance))
                mstore(output, mload(add(frame, distance)))
                output := add(output, 0x20)
                addresses := add(addresses, 0x02)
            }
            inside := iszero(outside)
        }
    }

    /// @notice Returns `bias + Σ inputs_i · weights_i` of words that hold several integers side by side, the bias first.
    /// @param weights Pointer to the word that ends with the bias; each weight ends `stride` bytes further on.
    /// @return sum The words' lanes added up; above the lanes it holds what came before them in memory.
    /// @return next `weights` of what follows.
    function accumulate(
        uint256 input,
        uint256 count,
        uint256 weights,
        uint256 stride
    ) internal pure returns (uint256 sum, uint256 next) {
        assembly ("memory-safe") {
            let end := add(input, shl(5, count))
            let last := sub(end, 0x60)
            sum := mload(weights)
            weights := add(weights, stride)
            for {} lt(input, last) {} {
                sum := add(sum, mul(mload(weights), mload(input)))
                weights := add(weights, stride)
                sum := add(sum, mul(mload(weights), mload(add(input, 0x20))))
                weights := add(weights, stride)
                sum := add(sum, mul(mload(weights), mload(add(input, 0x40))))
                weights := add(weights, stride)
                sum := add(sum, mul(mload(weights), mload(add(input, 0x60))))
                weights := add(weights, stride)
                input := add(input, 0x80)
            }
            for {} lt(input, end) {} {
                sum := add(sum, mul(mload(weights), mload(input)))
                weights := add(weights, stride)
                input := add(input, 0x20)
            }
            next := weights
        }
    }

    /// @notice Writes `count` lanes of `bits` each, the lowest first, less `offset`.
    /// @return rest What is above them.
    function split(
        uint256 output,
        uint256 count,
        uint256 lanes,
        uint256 bits,
        uint256 offset
    ) internal pure returns (uint256 rest) {
        assembly ("memory-safe") {
            let mask := sub(shl(bits, 1), 1)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                mstore(output, sub(and(lanes, mask), offset))
                lanes := shr(bits, lanes)
            }
            rest := lanes
        }
    }

    /// @notice Returns `count` integers, plus `offset` each, in lanes of `bits` each, the first lowest.
    function join(uint256 input, uint256 count, uint256 bits, uint256 offset) internal pure returns (uint256 lanes) {
        assembly ("memory-safe") {
            for {
                let last := add(input, shl(5, count))
            } lt(input, last) {} {
                last := sub(last, 0x20)
                lanes := or(shl(bits, lanes), add(mload(last), offset))
            }
        }
    }

    /// @notice Writes `outputs` sums over one row of `inputs` elements, `lanes` at a time.
    /// @param words Pointer to the groups of words of `accumulate`, whose lanes have `bits` bits each.
    /// @return next `output` of what follows.
    function affine(
        uint256 output,
        uint256 input,
        uint256 inputs,
        uint256 words,
        uint256 outputs,
        uint256 lanes,
        uint256 bits
    ) internal pure returns (uint256 next) {
        // The caller's groups lie in memory, so that no pointer overflows; `bits` is 1 or more.
        unchecked {
            uint256 stride = (lanes * bits + 7) / 8;
            next = output + 32 * outputs;
            words = words + stride - 32;
            while (output < next) {
                uint256 sums;
                (sums, words) = accumulate(input, inputs, words, stride);
                uint256 left = (next - output) / 32;
                if (left < lanes) lanes = left;
                split(output, lanes, sums, bits, 1 << (bits - 1));
                output += 32 * lanes;
            }
        }
    }

    /// @notice Writes the products of each of `rows` rows of `left` with each of `columns` rows of `right`.
    function products(
        uint256 output,
        uint256 left,
        uint256 right,
        uint256 rows,
        uint256 columns,
        uint256 inner
    ) internal pure {
        assembly ("memory-safe") {
            let length := shl(5, inner)
            for {
                let end := add(left, mul(rows, length))
            } lt(left, end) {
                left := add(left, length)
            } {
                let column := right
                for {
                    let lastColumn := add(right, mul(columns, length))
                } lt(column, lastColumn) {
                    output := add(output, 0x20)
                } {
                    let sum := 0
                    let distance := sub(left, column)
                    for {
                        let rowEnd := add(column, length)
                    } lt(column, rowEnd) {
                        column := add(column, 0x20)
                    } {
                        sum := add(sum, mul(mload(column), mload(add(column, distance))))
                    }
                    mstore(output, sum)
                }
            }
        }
    }

    /// @notice Writes `left · leftFactor + right · rightFactor`.
    function combine(
        uint256 output,
        uint256 left,
        uint256 right,
        uint256 count,
        int256 leftFactor,
        int256 rightFactor
    ) internal pure {
        assembly ("memory-safe") {
            left := sub(left, output)
            right := sub(right, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                mstore(
                    output,
                    add(mul(leftFactor, mload(add(output, left))), mul(rightFactor, mload(add(output, right))))
                )
            }
        }
    }

    /// @notice Writes `left · right`.
    function multiply(uint256 output, uint256 left, uint256 right, uint256 count) internal pure {
        assembly ("memory-safe") {
            left := sub(left, output)
            right := sub(right, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                mstore(output, mul(mload(add(output, left)), mload(add(output, right))))
            }
        }
    }

    /// @notice Writes `clamp(⌊(input · multiplier + 2^(shift - 1)) / 2^shift⌋, low, high)` (docs/statement.md, section 5).
    function rescale(
        uint256 output,
        uint256 input,
        uint256 count,
        int256 multiplier,
        uint256 shift,
        int256 low,
        int256 high
    ) internal pure {
        assembly ("memory-safe") {
            let half := shl(sub(shift, 1), 1)
            let span := sub(high, low)
            input := sub(input, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                let value := sar(shift, add(mul(multiplier, mload(add(output, input))), half))
                // Unsigned, what is below `low` is above the span, too.
                if gt(sub(value, low), span) {
                    value := xor(high, mul(xor(high, low), slt(value, low)))
                }
                mstore(output, value)
            }
        }
    }

    /// @notice Writes `max(input, 0)`.
    function relu(uint256 output, uint256 input, uint256 count) internal pure {
        assembly ("memory-safe") {
            input := sub(input, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                let value := mload(add(output, input))
                mstore(output, mul(value, sgt(value, 0)))
            }
        }
    }

    /// @notice Writes `base[h] + slope[h] · l`, where `h` and `l` are the high and the low bits of `input - low`.
    /// @param table Pointer to `2^highBits` entries: base and, where `lowBits` is not 0, slope, of `width` bytes each.
    /// @return seen All bits that some `input - low` had; of more than `highBits + lowBits` the highest were left out.
    function look(
        uint256 output,
        uint256 input,
        uint256 count,
        int256 low,
        uint256 highBits,
        uint256 lowBits,
        uint256 table,
        uint256 width
    ) internal pure returns (uint256 seen) {
        assembly ("memory-safe") {
            input := sub(input, output)
            // The word that ends with the first base. Without low bits a slope is multiplied by 0, whatever it reads.
            table := sub(add(table, width), 0x20)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                let digit := sub(mload(add(output, input)), low)
                seen := or(seen, digit)
                let entry := and(shr(lowBits, digit), sub(shl(highBits, 1), 1))
                entry := add(table, mul(shl(gt(lowBits, 0), width), entry))
                digit := and(digit, sub(shl(lowBits, 1), 1))
                mstore(
                    output,
                    add(
                        signextend(sub(width, 1), mload(entry)),
                        mul(digit, signextend(sub(width, 1), mload(add(entry, width))))
                    )
                )
            }
        }
    }

    /// @notice Writes `⌊left · 2^shift / max(right, 1)⌋` for a `right` of 0 or more; of others the plain quotient.
    function divide(uint256 output, uint256 left, uint256 right, uint256 count, uint256 shift) internal pure {
        assembly ("memory-safe") {
            left := sub(left, output)
            right := sub(right, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                let dividend := shl(shift, mload(add(output, left)))
                let divisor := mload(add(output, right))
                divisor := add(divisor, iszero(divisor))
                // SDIV rounds towards zero: one less where a remainder is negative.
                mstore(output, sub(sdiv(dividend, divisor), slt(smod(dividend, divisor), 0)))
            }
        }
    }

    /// @notice Writes `⌊√input⌋`; `input` is 0 or more.
    function root(uint256 output, uint256 input, uint256 count) internal pure {
        for (uint256 i = 0; i < count; ++i) {
            uint256 value;
            assembly ("memory-safe") {
                value := mload(add(input, shl(5, i)))
            }
            value = Math.sqrt(value);
            assembly ("memory-safe") {
                mstore(add(output, shl(5, i)), value)
            }
        }
    }

    /// @notice Writes 1 where `left ≤ right`, else 0.
    function lessOrEqual(uint256 output, uint256 left, uint256 right, uint256 count) internal pure {
        assembly ("memory-safe") {
            left := sub(left, output)
            right := sub(right, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                mstore(output, iszero(sgt(mload(add(output, left)), mload(add(output, right)))))
            }
        }
    }

    /// @notice Writes 1 where `left = right`, else 0.
    function equal(uint256 output, uint256 left, uint256 right, uint256 count) internal pure {
        assembly ("memory-safe") {
            left := sub(left, output)
            right := sub(right, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                mstore(output, eq(mload(add(output, left)), mload(add(output, right))))
            }
        }
    }

    /// @notice Writes `left` where `condition` is 1 and `right` where it is 0.
    function select(uint256 output, uint256 condition, uint256 left, uint256 right, uint256 count) internal pure {
        assembly ("memory-safe") {
            condition := sub(condition, output)
            left := sub(left, output)
            right := sub(right, output)
            for {
                let end := add(output, shl(5, count))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                let other := mload(add(output, right))
                let difference := sub(mload(add(output, left)), other)
                mstore(output, add(other, mul(difference, mload(add(output, condition)))))
            }
        }
    }

    /// @notice Writes the sum of each of `rows` rows of `length` elements.
    function sumRows(uint256 output, uint256 input, uint256 rows, uint256 length) internal pure {
        assembly ("memory-safe") {
            length := shl(5, length)
            for {
                let end := add(output, shl(5, rows))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                let total := 0
                for {
                    let rowEnd := add(input, length)
                } lt(input, rowEnd) {
                    input := add(input, 0x20)
                } {
                    total := add(total, mload(input))
                }
                mstore(output, total)
            }
        }
    }

    /// @notice Writes the largest element of each of `rows` rows of `length` elements, at least one.
    function maxRows(uint256 output, uint256 input, uint256 rows, uint256 length) internal pure {
        assembly ("memory-safe") {
            length := shl(5, length)
            for {
                let end := add(output, shl(5, rows))
            } lt(output, end) {
                output := add(output, 0x20)
            } {
                let most := mload(input)
                for {
                    let rowEnd := add(input, length)
                } lt(input, rowEnd) {
                    input := add(input, 0x20)
                } {
                    let value := mload(input)
                    most := xor(most, mul(xor(most, value), sgt(value, most)))
                }
                mstore(output, most)
            }
        }
    }

    /// @notice Returns all bits that some element, plus `offset`, has.
    function bitsOf(uint256 input, uint256 count, uint256 offset) internal pure returns (uint256 bits) {
        assembly ("memory-safe") {
            for {
                let end := add(input, shl(5, count))
            } lt(input, end) {
                input := add(input, 0x20)
            } {
                bits := or(bits, add(mload(input), offset))
            }
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {TensorEncoding, WordMode} from "../types/Circuit.sol";
import {IntegerKernels} from "./IntegerKernels.sol";
import {TensorCodec} from "./TensorCodec.sol";

/// @title IntegerModel
/// @notice Evaluates a small public model from a program: its integer graph, weights included, as the compiler lowers it
/// (`offchain/compiler/emit/evmProgram.ts`). The result is the circuit's, bit for bit.
/// @dev A program is a header and instructions, each of which runs once, in order. They work on a frame of 32-byte
/// integers, all zero at first; the input lies at address 1. Numbers are big-endian, those without a size have 2 bytes.
///
///     header          version u8 = 1, input, output, size of the frame, address of the output
///       input, output elements, bits u8, isSigned u8
///     instruction     code u8, address and number of elements of the tensor that it writes, and by code:
///      1 load         width u8, an integer of `width` bytes for each element
///      2 gather       an address for each element
///      3 linear       input, rows, inputs, lanes u8, bits u8, words
///      4 matmul       left, right, batches, rows, inner
///      5 sum          input, length of a row
///      6 maximum      input, length of a row
///      7 rescale      input, multiplier i64, shift u8, bits u8, flags u8 (1 signed, 2 ReLU)
///      8 relu         input
///      9 lookup       input, least input i64, bits of the entry u8, bits within it u8, width u8, entries
///     10 root         input
///     11 multiply     left, right, elements of right, which repeats
///     12 combine      left, right, factor of left i64, factor of right i64
///     13 divide       left, right, shift u8
///     14 lessOrEqual  left, right
///     15 equal        left, right
///     16 select       left, right, condition
///
/// A word of `linear` is `Σ_o weight_o · 2^(bits · o)` modulo 2^(8 · bytes), of `bytes = ⌈lanes · bits / 8⌉`, over the
/// weights of up to `lanes` outputs for one input: one multiplication serves them all. A group of outputs is a word of
/// biases, each with 2^(bits - 1) added, then a word for each input. Summed up, each output plus 2^(bits - 1) is one lane
/// of `bits` bits, because it is neither negative nor wider; what is above the lanes is cut off.
///
/// An operand outside the frame, an instruction outside the program and an output outside its encoding revert. Sums and
/// products wrap at 256 bits; the compiler proves that none needs more than 62.
library IntegerModel {
    /// @notice The instruction at this byte breaks the format, or at 0 the header.
    error ProgramMalformed(uint256 position);

    uint256 private constant VERSION = 1;
    uint256 private constant HEADER_BYTES = 13;
    uint256 private constant INPUT_ADDRESS = 1;

    uint256 private constant LOAD = 1;
    uint256 private constant GATHER = 2;
    uint256 private constant LINEAR = 3;
    uint256 private constant MATMUL = 4;
    uint256 private constant SUM = 5;
    uint256 private constant MAXIMUM = 6;
    uint256 private constant RESCALE = 7;
    uint256 private constant RELU = 8;
    uint256 private constant LOOKUP = 9;
    uint256 private constant ROOT = 10;
    uint256 private constant MULTIPLY = 11;
    uint256 private constant COMBINE = 12;
    uint256 private constant DIVIDE = 13;
    uint256 private constant LESS_OR_EQUAL = 14;
    uint256 private constant EQUAL = 15;
    uint256 private constant SELECT = 16;

    uint256 private constant FLAG_SIGNED = 1;

    /// @notice Returns what a program takes in and what it gives out.
    function encodingsOf(
        bytes memory program
    ) internal pure returns (TensorEncoding memory input, TensorEncoding memory output) {
        uint256 header = _wordAt(program, 0);
        require(program.length >= HEADER_BYTES && header >> 248 == VERSION, ProgramMalformed(0));
        input = _encoding(header << 8);
        output = _encoding(header << 40);
    }

    /// @notice Returns the output of a program for an input, both as integers in row-major order.
    function evaluate(bytes memory program, int256[] memory input) internal pure returns (int256[] memory output) {
        (TensorEncoding memory taken, TensorEncoding memory given) = encodingsOf(program);
        TensorCodec.requireElements(input, taken);
        output = _run(program, input, given.elements);
        TensorCodec.requireElements(output, given);
    }

    /// @notice Returns the output of a program for an input, both as words (docs/statement.md, section 2).
    function evaluateWords(bytes memory program, uint256[] memory input) internal pure returns (uint256[] memory) {
        (TensorEncoding memory taken, TensorEncoding memory given) = encodingsOf(program);
        return TensorCodec.pack(_run(program, TensorCodec.unpack(input, taken), given.elements), given);
    }

    function _run(
        bytes memory program,
        int256[] memory input,
        uint256 outputs
    ) private pure returns (int256[] memory output) {
        uint256 header = _wordAt(program, 0);
        int256[] memory frame = new int256[](_u16(header, 9));
        uint256 from = _tensor(frame, 0, INPUT_ADDRESS, input.length);
        assembly ("memory-safe") {
            mcopy(from, add(input, 0x20), shl(5, mload(input)))
        }

        uint256 pc = HEADER_BYTES;
        while (pc < program.length) {
            uint256 next = _step(program, frame, pc);
            require(next <= program.length, ProgramMalformed(pc));
            pc = next;
        }

        from = _tensor(frame, 0, _u16(header, 11), outputs);
        output = new int256[](outputs);
        assembly ("memory-safe") {
            mcopy(add(output, 0x20), from, shl(5, outputs))
        }
    }

    /// @dev Runs the instruction at `pc` and returns where the next one begins.
    function _step(bytes memory program, int256[] memory frame, uint256 pc) private pure returns (uint256) {
        uint256 word = _wordAt(program, pc);
        uint256 to = _tensor(frame, pc, _u16(word, 1), _u16(word, 3));
        uint256 code = word >> 248;
        if (code > ROOT) return _binary(frame, pc, word, to);
        if (code > MAXIMUM) return _unary(program, frame, pc, to);
        if (code == GATHER) return _gather(program, frame, pc, to);
        if (code == LINEAR) return _linear(program, frame, pc, to);
        if (code == LOAD) return _load(program, pc, to);
        if (code == MATMUL) return _matmul(frame, pc, word, to);
        require(code != 0, ProgramMalformed(pc));
        return _reduce(frame, pc, word, to);
    }

    // A field is below 2^16 and a position is one of memory, so that nothing below overflows: it is unchecked.

    function _load(bytes memory program, uint256 pc, uint256 to) private pure returns (uint256 next) {
        unchecked {
            uint256 word = _wordAt(program, pc);
            uint256 count = _u16(word, 3);
            uint256 width = _u8(word, 5);
            require(width != 0 && width <= 32, ProgramMalformed(pc));

            next = _end(program, pc, 6 + count * width);
            IntegerKernels.load(to, _data(program, pc + 6), count, width);
        }
    }

    function _gather(
        bytes memory program,
        int256[] memory frame,
        uint256 pc,
        uint256 to
    ) private pure returns (uint256 next) {
        unchecked {
            uint256 count = _u16(_wordAt(program, pc), 3);

            next = _end(program, pc, 5 + count * 2);
            uint256 start = _tensor(frame, pc, 0, 0);
            bool inside = IntegerKernels.gather(to, _data(program, pc + 5), count, start, frame.length);
            require(inside, ProgramMalformed(pc));
        }
    }

    function _linear(
        bytes memory program,
        int256[] memory frame,
        uint256 pc,
        uint256 to
    ) private pure returns (uint256 next) {
        unchecked {
            uint256 word = _wordAt(program, pc);
            uint256 rows = _u16(word, 7);
            uint256 inputs = _u16(word, 9);
            uint256 lanes = _u8(word, 11);
            uint256 bits = _u8(word, 12);
            require(rows * lanes * bits != 0 && lanes * bits <= 256, ProgramMalformed(pc));
            uint256 from = _tensor(frame, pc, _u16(word, 5), rows * inputs);
            uint256 outputs = _u16(word, 3) / rows;

            next = _end(program, pc, 13 + ((outputs + lanes - 1) / lanes) * (1 + inputs) * ((lanes * bits + 7) / 8));
            uint256 words = _data(program, pc + 13);
            for (; rows > 0; --rows) {
                to = IntegerKernels.affine(to, from, inputs, words, outputs, lanes, bits);
                from += 32 * inputs;
            }
        }
    }

    function _matmul(int256[] memory frame, uint256 pc, uint256 word, uint256 to) private pure returns (uint256 next) {
        unchecked {
            uint256 batches = _u16(word, 9);
            uint256 rows = _u16(word, 11);
            uint256 inner = _u16(word, 13);
            require(batches * rows != 0, ProgramMalformed(pc));
            uint256 columns = _u16(word, 3) / (batches * rows);
            uint256 left = _tensor(frame, pc, _u16(word, 5), batches * rows * inner);
            uint256 right = _tensor(frame, pc, _u16(word, 7), batches * columns * inner);

            for (; batches > 0; --batches) {
                IntegerKernels.products(to, left, right, rows, columns, inner);
                to += 32 * rows * columns;
                left += 32 * rows * inner;
                right += 32 * columns * inner;
            }
            return pc + 15;
        }
    }

    function _reduce(int256[] memory frame, uint256 pc, uint256 word, uint256 to) private pure returns (uint256 next) {
        unchecked {
            uint256 rows = _u16(word, 3);
            uint256 length = _u16(word, 7);
            require(length != 0, ProgramMalformed(pc));
            uint256 from = _tensor(frame, pc, _u16(word, 5), rows * length);

            if (word >> 248 == SUM) IntegerKernels.sumRows(to, from, rows, length);
            else IntegerKernels.maxRows(to, from, rows, length);
            return pc + 9;
        }
    }

    function _unary(
        bytes memory program,
        int256[] memory frame,
        uint256 pc,
        uint256 to
    ) private pure returns (uint256 next) {
        unchecked {
            uint256 word = _wordAt(program, pc);
            uint256 code = word >> 248;
            uint256 count = _u16(word, 3);
            uint256 from = _tensor(frame, pc, _u16(word, 5), count);
            if (code == RESCALE) {
                (int256 low, int256 high) = _limits(_u8(word, 16), _u8(word, 17));
                IntegerKernels.rescale(to, from, count, _i64(word, 7), _u8(word, 15), low, high);
                return pc + 18;
            }
            if (code == LOOKUP) return _lookup(program, pc, to, from);

            if (code == RELU) IntegerKernels.relu(to, from, count);
            else IntegerKernels.root(to, from, count);
            return pc + 7;
        }
    }

    function _lookup(bytes memory program, uint256 pc, uint256 to, uint256 from) private pure returns (uint256 next) {
        unchecked {
            uint256 word = _wordAt(program, pc);
            uint256 high = _u8(word, 15);
            uint256 low = _u8(word, 16);
            uint256 width = _u8(word, 17);
            require(high <= 16 && width != 0 && width <= 32, ProgramMalformed(pc));

            next = _end(program, pc, 18 + ((low == 0 ? width : 2 * width) << high));
            uint256 table = _data(program, pc + 18);
            uint256 seen = IntegerKernels.look(to, from, _u16(word, 3), _i64(word, 7), high, low, table, width);
            require(seen >> (high + low) == 0, ProgramMalformed(pc));
        }
    }

    function _binary(int256[] memory frame, uint256 pc, uint256 word, uint256 to) private pure returns (uint256 next) {
        unchecked {
            uint256 code = word >> 248;
            uint256 count = _u16(word, 3);
            uint256 left = _tensor(frame, pc, _u16(word, 5), count);
            if (code == MULTIPLY) return _multiply(frame, pc, word, to);

            uint256 right = _tensor(frame, pc, _u16(word, 7), count);
            if (code == COMBINE) {
                IntegerKernels.combine(to, left, right, count, _i64(word, 9), _i64(word, 17));
                return pc + 25;
            }
            if (code == LESS_OR_EQUAL) {
                IntegerKernels.lessOrEqual(to, left, right, count);
                return pc + 9;
            }
            if (code == EQUAL) {
                IntegerKernels.equal(to, left, right, count);
                return pc + 9;
            }
            if (code == DIVIDE) {
                IntegerKernels.divide(to, left, right, count, _u8(word, 9));
                return pc + 10;
            }
            require(code == SELECT, ProgramMalformed(pc));
            IntegerKernels.select(to, _tensor(frame, pc, _u16(word, 9), count), left, right, count);
            return pc + 11;
        }
    }

    function _multiply(
        int256[] memory frame,
        uint256 pc,
        uint256 word,
        uint256 to
    ) private pure returns (uint256 next) {
        unchecked {
            uint256 count = _u16(word, 3);
            uint256 length = _u16(word, 9);
            require(length != 0 && count % length == 0, ProgramMalformed(pc));
            uint256 left = _tensor(frame, pc, _u16(word, 5), count);
            uint256 right = _tensor(frame, pc, _u16(word, 7), length);
            for (; count > 0; count -= length) {
                IntegerKernels.multiply(to, left, right, length);
                to += 32 * length;
                left += 32 * length;
            }
            return pc + 11;
        }
    }

    /// @dev Where a rescale saturates; a ReLU is the flag that makes the lower end 0.
    function _limits(uint256 bits, uint256 flags) private pure returns (int256 low, int256 high) {
        // Whatever the bits are, a shift by too many yields 0.
        unchecked {
            uint256 span = 1 << (flags & FLAG_SIGNED == 0 ? bits : bits - 1);
            high = int256(span) - 1;
            low = flags == FLAG_SIGNED ? -int256(span) : int256(0);
        }
    }

    /// @dev The tensor's pointer; reverts where it is not within the frame.
    function _tensor(
        int256[] memory frame,
        uint256 pc,
        uint256 from,
        uint256 count
    ) private pure returns (uint256 pointer) {
        // An address is below 2^16 and a count below 2^48.
        unchecked {
            require(from + count <= frame.length, ProgramMalformed(pc));
        }
        assembly ("memory-safe") {
            pointer := add(add(frame, 0x20), shl(5, from))
        }
    }

    /// @dev The end of an instruction; reverts where it is not within the program.
    function _end(bytes memory program, uint256 pc, uint256 length) private pure returns (uint256 next) {
        // A position is one of memory, a length below 2^48.
        unchecked {
            next = pc + length;
        }
        require(next <= program.length, ProgramMalformed(pc));
    }

    function _encoding(uint256 fields) private pure returns (TensorEncoding memory) {
        uint256 elements = _u16(fields, 0);
        uint256 bits = _u8(fields, 2);
        uint256 isSigned = _u8(fields, 3);
        require(elements != 0 && bits != 0 && bits <= 253 && isSigned < 2, ProgramMalformed(0));
        // Fields of one and two bytes.
        return
            TensorEncoding({
                mode: WordMode.Public,
                elements: uint24(elements),
                bits: uint8(bits),
                isSigned: isSigned == 1
            });
    }

    function _data(bytes memory program, uint256 position) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(add(program, 0x20), position)
        }
    }

    /// @dev The 32 bytes from `position` on; those past the program's end are arbitrary.
    function _wordAt(bytes memory program, uint256 position) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(program, 0x20), position))
        }
    }

    function _u8(uint256 word, uint256 byteIndex) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(byteIndex, word)
        }
    }

    function _u16(uint256 word, uint256 byteIndex) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(sub(240, shl(3, byteIndex)), word), 0xffff)
        }
    }

    function _i64(uint256 word, uint256 byteIndex) private pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(192, shl(shl(3, byteIndex), word))
        }
    }
}

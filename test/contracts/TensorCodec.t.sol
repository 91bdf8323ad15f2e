// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {CodecMock} from "../../contracts/mocks/CodecMock.sol";
import {TensorEncoding, WordMode} from "../../contracts/types/Circuit.sol";
import {vm} from "./Vm.sol";

contract TensorCodecTest {
    CodecMock private _codec;

    function setUp() public {
        _codec = new CodecMock();
    }

    function testFuzz_PackThenRead(uint256 seed, uint8 bits, uint8 elements, bool isSigned) public view {
        TensorEncoding memory encoding = _encoding(bits, elements, isSigned);
        int256[] memory values = new int256[](encoding.elements);
        int256 offset = isSigned ? int256(uint256(1) << (encoding.bits - 1)) : int256(0);
        for (uint256 i = 0; i < values.length; ++i) {
            uint256 digit = uint256(keccak256(abi.encode(seed, i))) % (uint256(1) << encoding.bits);
            values[i] = int256(digit) - offset;
        }

        uint256[] memory words = _codec.pack(values, encoding);

        _codec.requireCanonical(words, encoding);
        int256[] memory unpacked = _codec.unpack(words, encoding);
        require(unpacked.length == values.length, "unpacked to another length");
        for (uint256 i = 0; i < values.length; ++i) {
            require(unpacked[i] == values[i], "unpacked is not what was packed");
            require(_codec.elementAt(words, encoding, i) == values[i], "read is not what was packed");
            require(words[i % words.length] < Bn254.SCALAR_FIELD, "word is no field element");
        }
    }

    function testFuzz_RefusesElementOutOfRange(int256 value, uint8 bits, bool isSigned) public {
        TensorEncoding memory encoding = _encoding(bits, 1, isSigned);
        int256 offset = isSigned ? int256(uint256(1) << (encoding.bits - 1)) : int256(0);
        int256 limit = int256(uint256(1) << encoding.bits) - offset;
        vm.assume(value < -offset || value >= limit);
        int256[] memory values = new int256[](encoding.elements);
        values[0] = value;

        vm.expectRevert();
        _codec.pack(values, encoding);
    }

    function testFuzz_RefusesUnusedBit(uint8 bits, uint8 elements, uint8 word, uint8 bit) public {
        TensorEncoding memory encoding = _encoding(bits, elements, false);
        uint256[] memory words = _codec.pack(new int256[](encoding.elements), encoding);
        uint256 perWord = 253 / uint256(encoding.bits);
        uint256 index = word % words.length;
        uint256 left = encoding.elements - index * perWord;
        uint256 used = (left < perWord ? left : perWord) * encoding.bits;
        words[index] |= uint256(1) << (used + (uint256(bit) % (256 - used)));

        vm.expectRevert();
        _codec.requireCanonical(words, encoding);
        vm.expectRevert();
        _codec.unpack(words, encoding);
    }

    function testFuzz_EvaluateIsTheSumOfPowers(uint256[] calldata words, uint256 z, uint256 tail) public view {
        uint256 p = Bn254.SCALAR_FIELD;
        uint256 power = 1;
        uint256 sum = 0;
        for (uint256 i = 0; i < words.length; ++i) {
            sum = addmod(sum, mulmod(words[i], power, p), p);
            power = mulmod(power, z, p);
        }
        sum = addmod(sum, mulmod(tail, power, p), p);
        require(_codec.evaluate(words, z, tail) % p == sum, "not the sum of powers");
    }

    function _encoding(uint8 bits, uint8 elements, bool isSigned) private pure returns (TensorEncoding memory) {
        return
            TensorEncoding({
                mode: WordMode.Public,
                elements: 1 + (uint24(elements) % 40),
                bits: 1 + (bits % 253),
                isSigned: isSigned
            });
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorCodec} from "../libraries/TensorCodec.sol";
import {Words} from "../libraries/Words.sol";
import {TensorEncoding} from "../types/Circuit.sol";

/// @title CodecMock
/// @notice The word libraries behind an address, for tests.
contract CodecMock {
    using Words for uint256[];

    function pack(
        int256[] calldata elements,
        TensorEncoding calldata encoding
    ) external pure returns (uint256[] memory) {
        return TensorCodec.pack(elements, encoding);
    }

    function unpack(
        uint256[] calldata words,
        TensorEncoding calldata encoding
    ) external pure returns (int256[] memory) {
        return TensorCodec.unpack(words, encoding);
    }

    function elementAt(
        uint256[] calldata words,
        TensorEncoding calldata encoding,
        uint256 index
    ) external pure returns (int256) {
        return TensorCodec.elementAt({words: words, encoding: encoding, index: index});
    }

    function requireCanonical(uint256[] calldata words, TensorEncoding calldata encoding) external pure {
        words.requireCanonical(encoding);
    }

    function evaluate(uint256[] calldata words, uint256 z, uint256 tail) external pure returns (uint256) {
        return words.evaluate(z, tail);
    }

    function hash(uint256[] calldata words) external pure returns (bytes32) {
        return words.hash();
    }
}

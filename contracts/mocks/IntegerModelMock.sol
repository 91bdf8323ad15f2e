// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IntegerModel} from "../libraries/IntegerModel.sol";

/// @title IntegerModelMock
/// @notice The library behind an address, for tests.
contract IntegerModelMock {
    uint256 private constant FENCE_WORDS = 8;
    /// @dev More than any program of the tests allocates.
    uint256 private constant DIRTY_WORDS = 1024;

    function evaluate(bytes calldata program, int256[] calldata input) external pure returns (int256[] memory) {
        return IntegerModel.evaluate(program, input);
    }

    function evaluateWords(bytes calldata program, uint256[] calldata input) external pure returns (uint256[] memory) {
        return IntegerModel.evaluateWords(program, input);
    }

    /// @notice Evaluates amid memory that is full of `dirt`.
    /// @return output The same for any dirt, unless something is read that was never written.
    /// @return isIntact Whether program, input and all memory that was not allocated are as they were.
    function evaluateAmid(
        uint256 dirt,
        bytes calldata program,
        int256[] calldata input
    ) external pure returns (int256[] memory output, bool isIntact) {
        (bytes memory ownProgram, int256[] memory ownInput) = (program, input);
        uint256[] memory fence = new uint256[](FENCE_WORDS);
        bytes32 before = keccak256(abi.encodePacked(fence, ownInput, ownProgram));
        uint256 end;
        assembly ("memory-safe") {
            let word := mload(0x40)
            end := add(word, mul(0x20, DIRTY_WORDS))
            for {} lt(word, end) {
                word := add(word, 0x20)
            } {
                mstore(word, dirt)
            }
        }

        output = IntegerModel.evaluate(ownProgram, ownInput);

        isIntact = true;
        assembly ("memory-safe") {
            for {
                let word := mload(0x40)
            } lt(word, end) {
                word := add(word, 0x20)
            } {
                isIntact := and(isIntact, eq(mload(word), dirt))
            }
        }
        isIntact = isIntact && before == keccak256(abi.encodePacked(fence, ownInput, ownProgram));
    }
}

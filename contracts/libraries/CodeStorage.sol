// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title CodeStorage
/// @notice Keeps bytes that never change as the code of an account: cheaper to write and to read than slots.
/// @dev A STOP precedes the bytes, so that the account does nothing when it is called.
library CodeStorage {
    error DataTooLong(uint256 length);

    /// @notice Stores `data` and returns where.
    function write(bytes memory data) internal returns (address pointer) {
        require(data.length < 0x6000, DataTooLong(data.length)); // EIP-170, the STOP included

        // PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: returns what follows these ten.
        // The length is below 2^16 by the check above.
        bytes memory creation = bytes.concat(hex"61", bytes2(uint16(data.length + 1)), hex"80600a3d393df300", data);
        assembly ("memory-safe") {
            pointer := create(0, add(creation, 0x20), mload(creation))
        }
        require(pointer != address(0), DataTooLong(data.length));
    }

    /// @notice Returns all that was stored at `pointer`.
    function read(address pointer) internal view returns (bytes memory) {
        return read(pointer, 0, pointer.code.length - 1);
    }

    /// @notice Returns the bytes from `start` up to `end` of what was stored at `pointer`.
    /// @dev Bytes past the end read as zeros.
    function read(address pointer, uint256 start, uint256 end) internal view returns (bytes memory data) {
        data = new bytes(end - start);
        assembly ("memory-safe") {
            extcodecopy(pointer, add(data, 0x20), add(start, 1), sub(end, start))
        }
    }
}

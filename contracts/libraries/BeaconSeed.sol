// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title BeaconSeed
/// @notice Reads the randomness of a past block out of its header, which the block's hash authenticates.
/// @dev The hash of a block is no randomness itself: who builds the block tries as many as it likes. The beacon's contribution
/// in the header is fixed before the block is built; docs/quorum.md says by whom it can be bent and how far.
library BeaconSeed {
    /// @notice The header is not that of the block.
    error HeaderMismatch(uint256 number, bytes32 expected);
    /// @notice The header is not laid out as those of the beacon chain's blocks are.
    error HeaderMalformed();

    /// @dev EIP-2935: keeps the hashes of the last 8191 blocks.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    /// @dev List prefix, five hashes, an address and the bloom filter: their lengths never change.
    uint256 private constant FIXED_LENGTH = 3 + 5 * 33 + 21 + 259;
    /// @dev Difficulty, number, gas limit, gas used, time, extra data.
    uint256 private constant VARIABLE_FIELDS = 6;
    uint256 private constant SHORT_STRING = 0x80;
    uint256 private constant LONG_STRING = 0xb8;
    bytes1 private constant HASH_STRING = 0xa0;

    /// @notice Returns the hash of a past block; zero where the chain has forgotten it.
    function hashOf(uint256 number) internal view returns (bytes32 hash) {
        hash = blockhash(number);
        if (hash != 0 || number >= block.number) return hash;
        (bool known, bytes memory data) = HISTORY.staticcall(abi.encode(number));
        if (known && data.length == 32) hash = abi.decode(data, (bytes32));
    }

    /// @notice Returns the beacon's randomness in the header of block `number`, whose hash is `hash`.
    function mixOf(bytes calldata header, uint256 number, bytes32 hash) internal pure returns (bytes32) {
        require(keccak256(header) == hash, HeaderMismatch(number, hash));
        uint256 offset = FIXED_LENGTH;
        for (uint256 i = 0; i < VARIABLE_FIELDS; ++i) {
            require(offset < header.length, HeaderMalformed());
            uint256 prefix = uint8(header[offset]);
            require(prefix < LONG_STRING, HeaderMalformed());
            offset += prefix < SHORT_STRING ? 1 : 1 + prefix - SHORT_STRING;
        }
        require(offset + 33 <= header.length && header[offset] == HASH_STRING, HeaderMalformed());
        return bytes32(header[offset + 1:offset + 33]);
    }
}

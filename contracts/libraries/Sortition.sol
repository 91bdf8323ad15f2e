// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Sortition
/// @notice Draws distinct places of a pool, each subset in each order with the same chance.
library Sortition {
    error SortitionTooLarge(uint256 count, uint256 size);

    /// @notice Returns `count` distinct numbers below `size`: the head of a Fisher-Yates shuffle that `seed` fixes.
    /// @dev A longer draw begins with the shorter one. Only the places that a swap touched are kept, so that the cost grows
    /// with the square of `count` and not with `size`. A remainder is biased by less than `size / 2^256`.
    function draw(bytes32 seed, uint256 size, uint256 count) internal pure returns (uint256[] memory drawn) {
        require(count <= size, SortitionTooLarge(count, size));
        drawn = new uint256[](count);
        // Step `i` swaps place `i` with `from[i] >= i`; what then lies at `from[i]` is `moved[i]`.
        uint256[] memory from = new uint256[](count);
        uint256[] memory moved = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            from[i] = i + (uint256(keccak256(abi.encode(seed, i))) % (size - i));
            drawn[i] = _at(from, moved, i, from[i]);
            moved[i] = _at(from, moved, i, i);
        }
    }

    /// @dev What lies at `place` after the first `steps` swaps: the latest that touched it says.
    function _at(
        uint256[] memory from,
        uint256[] memory moved,
        uint256 steps,
        uint256 place
    ) private pure returns (uint256) {
        for (uint256 i = steps; i > 0; --i) {
            if (from[i - 1] == place) return moved[i - 1];
        }
        return place;
    }
}

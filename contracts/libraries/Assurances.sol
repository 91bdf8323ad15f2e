// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance} from "../types/Assurance.sol";

/// @title Assurances
/// @notice Assurance in one word, and whether one is at least as strong as another.
library Assurances {
    /// @dev Sum of the widths of all fields.
    uint256 private constant PACKED_BITS = 240;

    /// @notice Returns an assurance in one word: its fields, the first lowest and the tolerance on top.
    function pack(Assurance memory self) internal pure returns (bytes32) {
        uint256 word = self.kinds;
        word |= uint256(self.flags) << 8;
        word |= uint256(self.quorumK) << 16;
        word |= uint256(self.quorumN) << 24;
        word |= uint256(self.minTcb) << 32;
        word |= uint256(self.window) << 40;
        word |= uint256(self.stakeAtRisk) << 80;
        word |= uint256(self.tolerance) << 208;
        return bytes32(word);
    }

    /// @notice Returns the assurance that `pack` made the word of; high bits are left out.
    function unpack(bytes32 packed) internal pure returns (Assurance memory) {
        uint256 word = uint256(packed);
        // Each cast takes the field's own width.
        return
            Assurance({
                kinds: uint8(word),
                flags: uint8(word >> 8),
                quorumK: uint8(word >> 16),
                quorumN: uint8(word >> 24),
                minTcb: uint8(word >> 32),
                tolerance: uint32(word >> 208),
                window: uint40(word >> 40),
                stakeAtRisk: uint128(word >> 80)
            });
    }

    /// @notice Returns whether `verified` is as strong as `packed` in every respect; both are packed.
    /// @dev Flags are weaknesses: `verified` may have only those that were owned up to. As many agreeing out of fewer is stronger.
    function covers(bytes32 verified, bytes32 packed) internal pure returns (bool) {
        if (uint256(packed) >> PACKED_BITS != 0) return false;
        (Assurance memory self, Assurance memory claimed) = (unpack(verified), unpack(packed));
        return
            self.kinds & claimed.kinds == claimed.kinds &&
            self.flags & ~claimed.flags == 0 &&
            self.quorumK >= claimed.quorumK &&
            (claimed.quorumN == 0 || self.quorumN <= claimed.quorumN) &&
            self.minTcb >= claimed.minTcb &&
            self.tolerance <= claimed.tolerance &&
            self.window >= claimed.window &&
            self.stakeAtRisk >= claimed.stakeAtRisk;
    }
}

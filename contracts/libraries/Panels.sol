// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EvidenceKind} from "../types/Evidence.sol";
import {Policy, Requirement} from "../types/Policy.sol";

/// @title Panels
/// @notice What panel a policy asks for.
library Panels {
    /// @notice Returns the panel that meets every quorum requirement of a policy: the largest, with a majority of the largest
    /// share, within the smallest tolerance; zeros where there is none.
    /// @dev Of alternatives too: one panel meets all. Requirements that no panel meets are passed over.
    function strictest(Policy memory policy) internal pure returns (uint8 k, uint8 n, uint32 tolerance) {
        tolerance = type(uint32).max;
        for (uint256 i = 0; i < policy.allOf.length; ++i) {
            Requirement[] memory anyOf = policy.allOf[i].anyOf;
            for (uint256 j = 0; j < anyOf.length; ++j) {
                if (!_isDemanded(anyOf[j])) continue;
                if (anyOf[j].quorumN() > n) n = anyOf[j].quorumN();
                // A requirement's tolerance has 32 bits.
                if (anyOf[j].tolerance() < tolerance) tolerance = uint32(anyOf[j].tolerance());
            }
        }
        if (n == 0) return (0, 0, 0);
        for (uint256 i = 0; i < policy.allOf.length; ++i) {
            Requirement[] memory anyOf = policy.allOf[i].anyOf;
            for (uint256 j = 0; j < anyOf.length; ++j) {
                if (!_isDemanded(anyOf[j])) continue;
                uint256 size = anyOf[j].quorumN();
                // Rounded up; at most `n`, as the requirement's k is at most its own.
                uint8 share = uint8((uint256(anyOf[j].quorumK()) * n + size - 1) / size);
                if (share > k) k = share;
            }
        }
    }

    function _isDemanded(Requirement memory requirement) private pure returns (bool) {
        return requirement.kind == EvidenceKind.Quorum && requirement.isQuorum();
    }
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance, SIMULATED_ENCLAVE, VOUCHED_ENCLAVE} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {Requirement} from "../types/Policy.sol";
import {TcbStatus} from "../types/Tcb.sol";

/// @title Requirements
/// @notice What an assurance alone says of a requirement.
library Requirements {
    /// @notice Returns whether the requirement has no parameters.
    function isPlain(Requirement memory self) internal pure returns (bool) {
        return self.params == 0 && self.pin == 0;
    }

    /// @notice Returns whether as large a share of operators agreed at least, and as many, within no more.
    function isQuorumMet(Requirement memory self, Assurance memory assurance) internal pure returns (bool) {
        return self.isQuorum() && isShareMet(self, assurance) && assurance.tolerance <= self.tolerance();
    }

    /// @notice Returns whether as large a share of operators agreed, or would have had to, and as many.
    function isShareMet(Requirement memory self, Assurance memory assurance) internal pure returns (bool) {
        (uint256 k, uint256 n) = (self.quorumK(), self.quorumN());
        return assurance.quorumK >= k && assurance.quorumK * n >= k * assurance.quorumN;
    }

    /// @notice Returns whether an enclave stands as well as is demanded, whatever it runs.
    function isStatusMet(Requirement memory self, Assurance memory assurance) internal pure returns (bool) {
        uint8 weaknesses = assurance.flags & (SIMULATED_ENCLAVE | VOUCHED_ENCLAVE);
        bool accepted = weaknesses & ~self.enclaveFlags() == 0;
        return accepted && self.isEnclave() && assurance.minTcb >= uint8(self.params);
    }

    /// @notice Adds the evidence that just meets the requirement, but for a window.
    /// @dev An enclave may stand as well as can be. Of a panel no more than is demanded: what a bare majority can meet, every
    /// larger one can.
    function strengthen(Requirement memory self, Assurance memory best) internal pure {
        if (self.kind == EvidenceKind.Optimistic) return;
        // There are five kinds: the bit is within a byte.
        best.kinds |= uint8(1 << uint8(self.kind));
        if (self.kind == EvidenceKind.Tee) best.minTcb = uint8(TcbStatus.UpToDate);
        if (self.kind == EvidenceKind.Quorum && self.quorumK() > best.quorumK) {
            (best.quorumK, best.quorumN) = (self.quorumK(), self.quorumN());
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {Assurance, QUORUM_ARBITRATION} from "../types/Assurance.sol";
import {Finality} from "../types/Delivery.sol";
import {EvidenceKind} from "../types/Evidence.sol";

/// @dev What is stored of a request. Three slots that are written before fulfilment changes two of them, so that it writes no
/// new one, and a fourth for answers that need it.
/// @param callbackGas At most `InferenceRequests.MAX_CALLBACK_GAS`.
/// @param movedAt When the request got its status.
/// @param commitment Hash of the parameters until the request is answered, of both parameters and statement while the
/// answer is not final, of the statement from then on.
/// @param operator Who holds the lock or answered.
/// @param stake What the lock exposed.
/// @param minTcb TCB status of the enclave that signed the answer; 0 without tee evidence.
struct Entry {
    address requester;
    IInferenceRequests.Status status;
    IInferenceRequests.DeliveryStatus delivery;
    uint24 callbackGas;
    uint40 movedAt;
    uint8 kinds;
    uint8 flags;
    bytes32 commitment;
    address operator;
    uint80 stake;
    uint8 minTcb;
    Details details;
}

/// @dev What a signature, an enclave and a proof alone do not have.
/// @param lockedAt When an answer that is open to challenge was locked, which fixed its fee.
/// @param judgeK Operators that decide a challenge of it, out of `judgeN`; 0 where a proof does.
struct Details {
    uint8 quorumK;
    uint8 quorumN;
    uint32 tolerance;
    uint40 window;
    uint40 lockedAt;
    uint8 judgeK;
    uint8 judgeN;
}

/// @title Entries
/// @notice Reads and writes what an answer's entry says of it.
library Entries {
    uint8 private constant QUORUM = uint8(1 << uint8(EvidenceKind.Quorum));
    /// @dev Set once an answer outlived its challenge window, or a challenge.
    uint8 private constant OPTIMISTIC = uint8(1 << uint8(EvidenceKind.Optimistic));

    /// @notice Stores an assurance, except for the stake and the window.
    function setAssurance(Entry storage self, Assurance memory verified) internal {
        (self.kinds, self.flags) = (verified.kinds, verified.flags);
        if (verified.minTcb > 0) self.minTcb = verified.minTcb;
        if (verified.quorumN == 0) return;
        Details storage details = self.details;
        (details.quorumK, details.quorumN) = (verified.quorumK, verified.quorumN);
        details.tolerance = verified.tolerance;
    }

    /// @notice Marks an answer as one that could be challenged and stands.
    function setUnchallenged(Entry storage self) internal {
        self.kinds |= OPTIMISTIC;
    }

    /// @notice Returns the assurance of an answer.
    function assurance(Entry storage self) internal view returns (Assurance memory stored) {
        uint8 kinds = self.kinds;
        (stored.kinds, stored.flags, stored.stakeAtRisk, stored.minTcb) = (kinds, self.flags, self.stake, self.minTcb);
        if (kinds & (QUORUM | OPTIMISTIC) == 0 && stored.flags & QUORUM_ARBITRATION == 0) return stored;
        Details storage details = self.details;
        (stored.quorumK, stored.quorumN) = (details.quorumK, details.quorumN);
        stored.tolerance = details.tolerance;
        if (kinds & OPTIMISTIC != 0) stored.window = details.window;
    }

    /// @notice Returns the epoch in which the answer, as it stands, is delivered.
    function epoch(Entry storage self) internal view returns (uint8) {
        bool decided = self.kinds & OPTIMISTIC != 0 || self.status == IInferenceRequests.Status.Overturned;
        return decided ? 2 : 1;
    }

    /// @notice Returns how settled the answer is.
    function finality(Entry storage self) internal view returns (Finality) {
        IInferenceRequests.Status status = self.status;
        if (status == IInferenceRequests.Status.Fulfilled) return Finality.Final;
        if (status == IInferenceRequests.Status.Overturned) return Finality.Overturned;
        bool open = status == IInferenceRequests.Status.Provisional || status == IInferenceRequests.Status.Challenged;
        return open ? Finality.Provisional : Finality.None;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEvidenceRouter} from "@vouch/contracts/interfaces/IEvidenceRouter.sol";
import {ReleaseCode} from "@vouch/contracts/libraries/ReleaseCode.sol";
import {Requirements} from "@vouch/contracts/libraries/Requirements.sol";
import {Assurance, DEVELOPMENT_SETUP, QUORUM_ARBITRATION, UNATTESTED_SETUP} from "@vouch/contracts/types/Assurance.sol";
import {SetupClass} from "@vouch/contracts/types/Circuit.sol";
import {EvidenceKind} from "@vouch/contracts/types/Evidence.sol";
import {CircuitId, ReleaseId} from "@vouch/contracts/types/Ids.sol";
import {Clause, Policy, Requirement, SetupTrust} from "@vouch/contracts/types/Policy.sol";
import {RuntimeClass} from "@vouch/contracts/types/Release.sol";
import {MockCircuits} from "./MockCircuits.sol";
import {MockModels} from "./MockModels.sol";
import {MockRefusal} from "./MockRefusal.sol";

/// @title MockPolicies
/// @notice Whether an assurance meets a policy, and the least assurance that does: the rules of `EvidenceRouter`.
/// @dev Proofs of external programs cannot be met here, and an enclave's measurement and advisories count as met where its
/// evidence is at hand.
abstract contract MockPolicies is MockRefusal {
    using ReleaseCode for address;
    using ReleaseCode for bytes;
    using Requirements for Requirement;

    /// @notice Seconds that an answer may have to stay open to challenge at most.
    uint256 public constant MAX_WINDOW = 5 days;

    MockModels private immutable _models;
    MockCircuits private immutable _circuits;

    constructor(MockModels models, MockCircuits circuits) {
        (_models, _circuits) = (models, circuits);
    }

    /// @dev The release's floor and the policy, which together demand something.
    function _effective(Policy calldata policy, ReleaseId release) internal view returns (Policy memory effective) {
        effective = _models.pointerOf(release).floorAt().and(policy);
        require(effective.allOf.length > 0, IEvidenceRouter.PolicyEmpty());
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            require(effective.allOf[i].anyOf.length > 0, IEvidenceRouter.PolicyClauseEmpty(i));
        }
    }

    /// @dev Index of the first clause that is not met; their number where all are.
    function _firstUnmet(
        Policy memory effective,
        Assurance memory assurance,
        ReleaseId release,
        bool atHand
    ) internal view returns (uint256 index) {
        while (index < effective.allOf.length && _isClauseMet(effective.allOf[index], assurance, release, atHand))
            ++index;
    }

    function _requireMet(
        Policy memory effective,
        Assurance memory assurance,
        ReleaseId release,
        bool atHand
    ) internal view {
        uint256 unmet = _firstUnmet(effective, assurance, release, atHand);
        require(unmet == effective.allOf.length, IEvidenceRouter.PolicyNotMet(unmet, assurance));
        require(
            assurance.stakeAtRisk >= effective.minStake,
            IEvidenceRouter.PolicyStakeTooLow(assurance.stakeAtRisk, effective.minStake)
        );
    }

    /// @dev The least assurance that meets every clause, by the first alternative of each that can be met here, or where
    /// `patient` by the one that waits for challenges the least.
    function _least(
        Policy memory effective,
        ReleaseId release,
        bool patient
    ) internal view returns (Assurance memory least, Requirement memory judge, bool challengeable) {
        for (uint256 i = 0; i < effective.allOf.length; ++i) {
            (Requirement memory chosen, bool found, bool mayWait) = _choose(effective.allOf[i], release, patient);
            require(found, IEvidenceRouter.PolicyUnsatisfiable(i));
            chosen.strengthen(least);
            if (mayWait) challengeable = true;
            if (chosen.window() > judge.window()) judge = chosen;
        }
        least.stakeAtRisk = effective.minStake;
        if (least.has(EvidenceKind.Zk)) least.flags |= _setupFlags(release);
        if (judge.window() > 0) _mark(least, judge, release);
        uint256 unmet = _firstUnmet(effective, least, release, true);
        require(unmet == effective.allOf.length, IEvidenceRouter.PolicyJudgesConflict());
    }

    function _isPossible(Requirement memory requirement, ReleaseId release) internal view returns (bool) {
        EvidenceKind kind = requirement.kind;
        if (kind == EvidenceKind.Tee) return requirement.isEnclave();
        if (kind == EvidenceKind.Signature) return requirement.isPlain();
        bool optimistic = kind == EvidenceKind.Optimistic;
        if (optimistic && (requirement.window() == 0 || requirement.window() > MAX_WINDOW)) return false;
        if (kind == EvidenceKind.Quorum || (optimistic && requirement.quorumN() > 0)) {
            if (optimistic && _recordOf(release).runtime() != RuntimeClass.BitExact) return false;
            return requirement.isQuorum();
        }
        return _isProofTrusted(requirement, release, _developmentFlag(release) != 0);
    }

    function _recordOf(ReleaseId release) internal view returns (bytes memory) {
        return _models.pointerOf(release).recordAt();
    }

    /// @dev An alternative that can be met here, where there is one, and whether any alternative waits for challenges.
    function _choose(
        Clause memory clause,
        ReleaseId release,
        bool patient
    ) private view returns (Requirement memory chosen, bool found, bool mayWait) {
        for (uint256 i = 0; i < clause.anyOf.length; ++i) {
            Requirement memory candidate = clause.anyOf[i];
            if (candidate.kind == EvidenceKind.Optimistic) mayWait = true;
            if (!_isPossible(candidate, release)) continue;
            bool waitsLess = chosen.window() == 0 || candidate.window() < chosen.window();
            bool isBetter = patient && candidate.window() > 0 && waitsLess;
            if (found && !isBetter) continue;
            (chosen, found) = (candidate, true);
        }
    }

    function _isClauseMet(
        Clause memory clause,
        Assurance memory assurance,
        ReleaseId release,
        bool atHand
    ) private view returns (bool met) {
        for (uint256 i = 0; i < clause.anyOf.length && !met; ++i) {
            met = assurance.has(clause.anyOf[i].kind) && _isMet(clause.anyOf[i], assurance, release, atHand);
        }
    }

    /// @dev Of a kind that was verified.
    function _isMet(
        Requirement memory requirement,
        Assurance memory assurance,
        ReleaseId release,
        bool atHand
    ) private view returns (bool) {
        if (requirement.kind == EvidenceKind.Signature) return requirement.isPlain();
        if (requirement.kind == EvidenceKind.Quorum) return requirement.isQuorumMet(assurance);
        if (requirement.kind == EvidenceKind.Tee) {
            return requirement.isStatusMet(assurance) && (atHand || requirement.isStorable());
        }
        if (requirement.kind == EvidenceKind.Optimistic) {
            if (requirement.window() == 0 || assurance.window < requirement.window()) return false;
            bool byQuorum = assurance.flags & QUORUM_ARBITRATION != 0;
            if ((requirement.quorumN() > 0) != byQuorum) return false;
            if (byQuorum) return requirement.isShareMet(assurance);
        }
        return _isProofTrusted(requirement, release, assurance.flags & DEVELOPMENT_SETUP != 0);
    }

    /// @dev The rules of the router for releases with a circuit; those without have no proof here.
    function _isProofTrusted(
        Requirement memory requirement,
        ReleaseId release,
        bool development
    ) private view returns (bool) {
        CircuitId circuit = _recordOf(release).circuit();
        if (circuit == CircuitId.wrap(0)) return false;
        uint256 trust = requirement.trust();
        bool pinned = requirement.pin == CircuitId.unwrap(circuit);
        if (trust == uint8(SetupTrust.Any)) return pinned || requirement.pin == 0;
        if (development) return false;
        if (trust == uint8(SetupTrust.Pinned)) return pinned;
        if (trust != uint8(SetupTrust.Attested) || uint256(requirement.pin) >> 160 != 0) return false;
        return _circuits.isAttestedBy(circuit, address(uint160(uint256(requirement.pin))));
    }

    function _developmentFlag(ReleaseId release) private view returns (uint8) {
        CircuitId circuit = _recordOf(release).circuit();
        if (circuit == CircuitId.wrap(0)) return 0;
        (SetupClass setup, ) = _circuits.setupOf(circuit);
        return setup == SetupClass.Development ? DEVELOPMENT_SETUP : 0;
    }

    /// @dev What a proof under the release's circuit says of its set-up.
    function _setupFlags(ReleaseId release) private view returns (uint8) {
        (SetupClass setup, uint256 attestations) = _circuits.setupOf(_recordOf(release).circuit());
        if (setup == SetupClass.Development) return DEVELOPMENT_SETUP | UNATTESTED_SETUP;
        return attestations == 0 ? UNATTESTED_SETUP : 0;
    }

    /// @dev Says in the assurance how long it waited and how a challenge would be decided.
    function _mark(Assurance memory assurance, Requirement memory judge, ReleaseId release) private view {
        // There are five kinds: the bit is within a byte. A window has 40 bits.
        assurance.kinds |= uint8(1 << uint8(EvidenceKind.Optimistic));
        assurance.window = uint40(judge.window());
        if (judge.quorumN() == 0) {
            assurance.flags |= _developmentFlag(release);
            return;
        }
        assurance.flags |= QUORUM_ARBITRATION;
        (uint256 k, uint256 n) = (judge.quorumK(), judge.quorumN());
        if (assurance.quorumN > 0) {
            // Of a panel that gave evidence and one that would judge: as many as the smaller, of as small a share as either.
            uint256 least = Math.min(k, assurance.quorumK);
            n = Math.max(Math.ceilDiv(least * n, k), Math.ceilDiv(least * assurance.quorumN, assurance.quorumK));
            k = least;
        }
        // No more than `MAX_PANEL`, as each panel has at most.
        (assurance.quorumK, assurance.quorumN) = (uint8(k), uint8(n));
    }
}

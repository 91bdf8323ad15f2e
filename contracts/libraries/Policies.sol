// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {EvidenceKind} from "../types/Evidence.sol";
import {CircuitId} from "../types/Ids.sol";
import {Clause, Policy, Requirement, SetupTrust} from "../types/Policy.sol";
import {TcbStatus} from "../types/Tcb.sol";

/// @title Policies
/// @notice Builds policies in code: `Policies.provenAndSigned(auditor)`, or in full `Policies.all(Policies.zkAttested(auditor),
/// Policies.signature())`.
/// @dev The language has no constant structs, so whole policies are functions, named after what an answer must be: signed,
/// proven, agreed, attested, unchallenged.
library Policies {
    /// @notice Only a demand for an enclave has a platform's advisories and an enclave's weaknesses.
    error EnclaveDemandExpected(EvidenceKind given);
    /// @notice A demand has three places for advisories, all taken at once.
    error AdvisoriesAlreadyNamed();

    /* POLICIES */

    /// @notice Returns the policy that a staked operator signed the answer: it is worth what the operator has at stake.
    function signed() internal pure returns (Policy memory) {
        return all(signature());
    }

    /// @notice Returns the policy that the answer is proven under a circuit whose set-up `auditor` has attested.
    function proven(address auditor) internal pure returns (Policy memory) {
        return all(zkAttested(auditor));
    }

    /// @notice Returns the policy that the answer is proven, as by `proven`, and signed by a staked operator.
    function provenAndSigned(address auditor) internal pure returns (Policy memory) {
        return all(zkAttested(auditor), signature());
    }

    /// @notice Returns the policy that the answer is proven under whatever set-up.
    /// @dev Warning: whoever made a development set-up can forge proofs under it. For tests and demonstrations.
    function provenByAnySetup() internal pure returns (Policy memory) {
        return all(zk(SetupTrust.Any, bytes32(0)));
    }

    /// @notice Returns the policy that `k` of a panel of `n` staked operators gave the same answer, bit for bit.
    function agreed(uint8 k, uint8 n) internal pure returns (Policy memory) {
        return all(quorum(k, n, 0));
    }

    /// @notice Returns the policy that an enclave with a published release's approved measurement signed the answer, on a
    /// platform that its vendor calls up to date.
    function attested() internal pure returns (Policy memory) {
        return all(tee(TcbStatus.UpToDate, bytes32(0)));
    }

    /// @notice Returns the policy that a staked operator signed the answer and nobody overturned it for `window` seconds, in
    /// which a challenge is decided by a proof under a set-up that `auditor` has attested.
    function unchallenged(uint40 window, address auditor) internal pure returns (Policy memory) {
        return all(optimistic(window, SetupTrust.Attested, _toPin(auditor)), signature());
    }

    /* REQUIREMENTS */

    /// @notice Returns the demand for a staked operator's signature.
    function signature() internal pure returns (Requirement memory) {
        return Requirement({kind: EvidenceKind.Signature, params: 0, pin: bytes32(0)});
    }

    /// @notice Returns the demand for a proof under a circuit whose set-up is trusted as `trust` and `pin` say.
    function zk(SetupTrust trust, bytes32 pin) internal pure returns (Requirement memory) {
        return Requirement({kind: EvidenceKind.Zk, params: uint64(uint8(trust)), pin: pin});
    }

    /// @notice Returns the demand for a proof under a circuit whose set-up `auditor` has attested.
    function zkAttested(address auditor) internal pure returns (Requirement memory) {
        return zk(SetupTrust.Attested, _toPin(auditor));
    }

    /// @notice Returns the demand for a proof under this circuit, which must not be marked as a development set-up.
    function zkPinned(CircuitId circuit) internal pure returns (Requirement memory) {
        return zk(SetupTrust.Pinned, CircuitId.unwrap(circuit));
    }

    /// @notice Returns the demand for an attested enclave on a platform of at least `minTcb`, of any measurement that the
    /// release's publisher approved, or of `measurement` alone where that is not zero.
    function tee(TcbStatus minTcb, bytes32 measurement) internal pure returns (Requirement memory) {
        return Requirement({kind: EvidenceKind.Tee, params: uint64(uint8(minTcb)), pin: measurement});
    }

    /// @notice Returns the demand that none of up to three advisories applies to the enclave's platform: numbers behind
    /// `INTEL-SA-`, 0 for none. Reverts with `AdvisoriesAlreadyNamed` for a demand that names some.
    function without(
        Requirement memory requirement,
        uint16 a,
        uint16 b,
        uint16 c
    ) internal pure returns (Requirement memory) {
        _requireTee(requirement);
        if (requirement.params >> 16 != 0) revert AdvisoriesAlreadyNamed();
        requirement.params |= (uint64(a) << 16) | (uint64(b) << 32) | (uint64(c) << 48);
        return requirement;
    }

    /// @notice Returns the same demand, which a simulated enclave may meet too: it proves nothing.
    function orSimulated(Requirement memory requirement) internal pure returns (Requirement memory) {
        _requireTee(requirement);
        requirement.params |= 1 << 8;
        return requirement;
    }

    /// @notice Returns the same demand, which an enclave may meet too that registrars vouch for and no contract verified. None
    /// has a better status than `OutOfDateConfigurationNeeded`, for nobody judges its platform; its measurement names them.
    /// @dev Beside `without` it is of no use: of no such platform is it known that an advisory does not apply. Demand both as
    /// alternatives of a clause.
    function orVouched(Requirement memory requirement) internal pure returns (Requirement memory) {
        _requireTee(requirement);
        requirement.params |= 1 << 9;
        return requirement;
    }

    /// @notice Returns the demand that `k` of a panel of `n` operators agree within `tolerance` units in the last place.
    /// @dev More than half of the panel, which has `MAX_PANEL` members at most.
    function quorum(uint8 k, uint8 n, uint32 tolerance) internal pure returns (Requirement memory) {
        uint64 params = uint64(k) | (uint64(n) << 8) | (uint64(tolerance) << 16);
        return Requirement({kind: EvidenceKind.Quorum, params: params, pin: bytes32(0)});
    }

    /// @notice Returns the demand that an answer stands for `window` seconds; a challenge is decided by a proof under a
    /// set-up trusted as `trust` and `pin` say.
    function optimistic(uint40 window, SetupTrust trust, bytes32 pin) internal pure returns (Requirement memory) {
        uint64 params = uint64(window) | (uint64(uint8(trust)) << 40);
        return Requirement({kind: EvidenceKind.Optimistic, params: params, pin: pin});
    }

    /// @notice Returns the demand that an answer stands for `window` seconds; a challenge is decided by `k` of a panel of `n`
    /// operators that run the model again.
    function optimisticByQuorum(uint40 window, uint8 k, uint8 n) internal pure returns (Requirement memory) {
        uint64 params = uint64(window) | (uint64(k) << 48) | (uint64(n) << 56);
        return Requirement({kind: EvidenceKind.Optimistic, params: params, pin: bytes32(0)});
    }

    /* CLAUSES */

    /// @notice Returns the clause that only `requirement` meets.
    function only(Requirement memory requirement) internal pure returns (Clause memory clause) {
        clause.anyOf = new Requirement[](1);
        clause.anyOf[0] = requirement;
    }

    /// @notice Returns the clause that either alternative meets.
    function either(Requirement memory a, Requirement memory b) internal pure returns (Clause memory clause) {
        clause.anyOf = new Requirement[](2);
        (clause.anyOf[0], clause.anyOf[1]) = (a, b);
    }

    /// @notice Returns the policy of one requirement.
    function all(Requirement memory a) internal pure returns (Policy memory) {
        return all(only(a));
    }

    /// @notice Returns the policy that demands both requirements.
    function all(Requirement memory a, Requirement memory b) internal pure returns (Policy memory) {
        return all(only(a), only(b));
    }

    /// @notice Returns the policy of one clause.
    function all(Clause memory a) internal pure returns (Policy memory policy) {
        policy.allOf = new Clause[](1);
        policy.allOf[0] = a;
    }

    /// @notice Returns the policy that demands both clauses.
    function all(Clause memory a, Clause memory b) internal pure returns (Policy memory policy) {
        policy.allOf = new Clause[](2);
        (policy.allOf[0], policy.allOf[1]) = (a, b);
    }

    /// @notice Returns the policy with another stake demanded.
    function withStake(Policy memory policy, uint128 minStake) internal pure returns (Policy memory) {
        policy.minStake = minStake;
        return policy;
    }
    function _requireTee(Requirement memory requirement) private pure {
        if (requirement.kind != EvidenceKind.Tee) revert EnclaveDemandExpected(requirement.kind);
    }

    function _toPin(address auditor) private pure returns (bytes32) {
        return bytes32(uint256(uint160(auditor)));
    }
}

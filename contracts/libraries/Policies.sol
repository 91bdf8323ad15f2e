// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EvidenceKind} from "../types/Evidence.sol";
import {Clause, Policy, Requirement, SetupTrust} from "../types/Policy.sol";
import {TcbStatus} from "../types/Tcb.sol";

/// @title Policies
/// @notice Builds policies in code: `Policies.all(Policies.zk(trust, pin), Policies.signature())`.
library Policies {
    /// @notice Returns the demand for a staked operator's signature.
    function signature() internal pure returns (Requirement memory) {
        return Requirement({kind: EvidenceKind.Signature, params: 0, pin: bytes32(0)});
    }

    /// @notice Returns the demand for a proof under a circuit whose set-up is trusted as `trust` and `pin` say.
    function zk(SetupTrust trust, bytes32 pin) internal pure returns (Requirement memory) {
        return Requirement({kind: EvidenceKind.Zk, params: uint64(uint8(trust)), pin: pin});
    }

    /// @notice Returns the demand for an attested enclave on a platform of at least `minTcb`, of any measurement that the
    /// release's publisher approved, or of `measurement` alone where that is not zero.
    function tee(TcbStatus minTcb, bytes32 measurement) internal pure returns (Requirement memory) {
        return Requirement({kind: EvidenceKind.Tee, params: uint64(uint8(minTcb)), pin: measurement});
    }

    /// @notice Returns the demand that none of up to three advisories applies to the enclave's platform: numbers behind
    /// `INTEL-SA-`, 0 for none.
    function without(
        Requirement memory requirement,
        uint16 a,
        uint16 b,
        uint16 c
    ) internal pure returns (Requirement memory) {
        requirement.params |= (uint64(a) << 16) | (uint64(b) << 32) | (uint64(c) << 48);
        return requirement;
    }

    /// @notice Returns the same demand, which a simulated enclave may meet too: it proves nothing.
    function orSimulated(Requirement memory requirement) internal pure returns (Requirement memory) {
        requirement.params |= 1 << 8;
        return requirement;
    }

    /// @notice Returns the same demand, which an enclave may meet too that registrars vouch for and no contract verified. None
    /// has a better status than `OutOfDateConfigurationNeeded`, for nobody judges its platform; its measurement names them.
    /// @dev Beside `without` it is of no use: of no such platform is it known that an advisory does not apply. Demand both as
    /// alternatives of a clause.
    function orVouched(Requirement memory requirement) internal pure returns (Requirement memory) {
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
}

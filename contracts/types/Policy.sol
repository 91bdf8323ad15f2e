// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {SIMULATED_ENCLAVE, VOUCHED_ENCLAVE} from "./Assurance.sol";
import {EvidenceKind} from "./Evidence.sol";
import {TcbStatus} from "./Tcb.sol";

/// @notice Which set-ups of a circuit a zk requirement accepts (`Requirement.params`).
/// @dev `Attested`: the address in `pin` has attested the set-up transcript. `Pinned`: `pin` is the circuit id, and the
/// circuit is not marked as a development set-up. `Any`: development set-ups too; `pin` is a circuit id or zero.
/// `External`: `pin` is that of the external program that the release declared (`ExternalProgram`); no other trust accepts
/// a proof that this protocol does not verify itself.
enum SetupTrust {
    Attested,
    Pinned,
    Any,
    External
}

/// @notice One kind of evidence with its parameters.
/// @param kind The evidence demanded.
/// @param params By kind, see `Policies`, which builds it. Signature: 0. Quorum: `k | n << 8 | tolerance << 16`, the
/// tolerance in units of the output's last place. Optimistic: `window | trust << 40` where a challenge is decided by a
/// proof, or `window | k << 48 | n << 56` where it is decided by a quorum of bit-exact runs. Tee: least TCB status, see
/// `TcbStatus`, bit 8 set where a simulated enclave is acceptable, bit 9 where one is that registrars vouch for, and from bit 16
/// three advisories of 16 bits that must not apply, 0 for none. Zk: a `SetupTrust`.
/// @param pin By kind. Zk, and Optimistic where a proof decides: see `SetupTrust`. Tee: a measurement or zero. Otherwise
/// zero.
struct Requirement {
    EvidenceKind kind;
    uint64 params;
    bytes32 pin;
}

/// @notice Alternatives, any one of which suffices.
struct Clause {
    Requirement[] anyOf;
}

/// @notice The evidence that a requester demands: every clause must be met.
/// @param allOf Conjunction of clauses; empty demands nothing.
/// @param minStake Wei of operator stake that must be at risk.
struct Policy {
    Clause[] allOf;
    uint128 minStake;
}

using {and, hash} for Policy global;
using {
    enclaveFlags,
    isEnclave,
    isStorable,
    isQuorum,
    quorumK,
    quorumN,
    refusedAdvisories,
    tolerance,
    trust,
    window
} for Requirement global;

/// @dev Operators of a panel at most: each commits and reveals in a transaction of its own.
uint256 constant MAX_PANEL = 16;

bytes32 constant REQUIREMENT_TYPEHASH = keccak256("Requirement(uint8 kind,uint64 params,bytes32 pin)");
bytes32 constant CLAUSE_TYPEHASH = keccak256(
    "Clause(Requirement[] anyOf)Requirement(uint8 kind,uint64 params,bytes32 pin)"
);
bytes32 constant POLICY_TYPEHASH = keccak256(
    "Policy(Clause[] allOf,uint128 minStake)Clause(Requirement[] anyOf)Requirement(uint8 kind,uint64 params,bytes32 pin)"
);

/// @notice Returns the policy that demands all that `a` and all that `b` demand: clauses concatenate, stakes take the
/// maximum.
function and(Policy memory a, Policy memory b) pure returns (Policy memory both) {
    uint256 split = a.allOf.length;
    both.allOf = new Clause[](split + b.allOf.length);
    for (uint256 i = 0; i < both.allOf.length; ++i) {
        both.allOf[i] = i < split ? a.allOf[i] : b.allOf[i - split];
    }
    both.minStake = a.minStake > b.minStake ? a.minStake : b.minStake;
}

/// @notice Returns the EIP-712 struct hash, without a domain.
function hash(Policy memory self) pure returns (bytes32) {
    bytes32[] memory clauses = new bytes32[](self.allOf.length);
    for (uint256 i = 0; i < clauses.length; ++i) {
        Requirement[] memory anyOf = self.allOf[i].anyOf;
        bytes32[] memory requirements = new bytes32[](anyOf.length);
        for (uint256 j = 0; j < anyOf.length; ++j) {
            requirements[j] = keccak256(abi.encode(REQUIREMENT_TYPEHASH, anyOf[j].kind, anyOf[j].params, anyOf[j].pin));
        }
        clauses[i] = keccak256(abi.encode(CLAUSE_TYPEHASH, keccak256(abi.encodePacked(requirements))));
    }
    return keccak256(abi.encode(POLICY_TYPEHASH, keccak256(abi.encodePacked(clauses)), self.minStake));
}

/// @notice Returns which set-ups a proof is accepted from: as evidence, or to decide a challenge.
/// @dev A number above the last `SetupTrust` trusts none.
function trust(Requirement memory self) pure returns (uint256) {
    return self.kind == EvidenceKind.Optimistic ? uint8(self.params >> 40) : self.params;
}

/// @notice Returns the challenge window in seconds; 0 for another kind.
function window(Requirement memory self) pure returns (uint256) {
    return self.kind == EvidenceKind.Optimistic ? uint40(self.params) : 0;
}

/// @notice Returns how many operators must agree, as evidence or to decide a challenge.
function quorumK(Requirement memory self) pure returns (uint8) {
    return self.kind == EvidenceKind.Optimistic ? uint8(self.params >> 48) : uint8(self.params);
}

/// @notice Returns out of how many; 0 where a proof decides.
function quorumN(Requirement memory self) pure returns (uint8) {
    return self.kind == EvidenceKind.Optimistic ? uint8(self.params >> 56) : uint8(self.params >> 8);
}

/// @notice Returns by how many units in the output's last place operators that agree may differ from their median.
function tolerance(Requirement memory self) pure returns (uint256) {
    return self.kind == EvidenceKind.Optimistic ? 0 : uint32(self.params >> 16);
}

/// @notice Returns whether the requirement describes a majority of a panel, and nothing else beside it.
function isQuorum(Requirement memory self) pure returns (bool) {
    (uint256 k, uint256 n) = (self.quorumK(), self.quorumN());
    uint256 rest = self.kind == EvidenceKind.Optimistic ? self.trust() : self.params >> 48;
    return n <= MAX_PANEL && k <= n && 2 * k > n && rest == 0 && self.pin == 0;
}

/// @notice Returns the advisories that must not apply to an enclave's platform, 16 bits each and 0 for none.
function refusedAdvisories(Requirement memory self) pure returns (uint48) {
    return self.kind == EvidenceKind.Tee ? uint48(self.params >> 16) : 0;
}

/// @notice Returns whether the requirement names a TCB status that can be demanded, and nothing unknown beside it.
function isEnclave(Requirement memory self) pure returns (bool) {
    uint256 least = uint8(self.params);
    return least > uint8(TcbStatus.Revoked) && least <= uint8(TcbStatus.UpToDate) && uint16(self.params) >> 10 == 0;
}

/// @notice Returns which of an enclave's weaknesses are acceptable, as flags of an assurance: that it is simulated and proves
/// nothing, and that registrars vouch for it.
function enclaveFlags(Requirement memory self) pure returns (uint8) {
    if (self.kind != EvidenceKind.Tee) return 0;
    // Bits 8 and 9 of the parameters, where the assurance has them: the casts leave nothing else.
    return (uint8(self.params >> 6) & SIMULATED_ENCLAVE) | (uint8(self.params >> 4) & VOUCHED_ENCLAVE);
}

/// @notice Returns whether an assurance alone tells if the requirement is met. Which measurement an enclave has and which
/// advisories apply to it is known where its evidence is at hand, and not from an assurance that is stored.
function isStorable(Requirement memory self) pure returns (bool) {
    return self.kind != EvidenceKind.Tee || (self.pin == 0 && self.refusedAdvisories() == 0);
}

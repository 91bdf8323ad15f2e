// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {EvidenceKind} from "./Evidence.sol";

/// @notice Which set-ups of a circuit a zk requirement accepts (`Requirement.params`).
/// @dev `Attested`: the address in `pin` has attested the set-up transcript. `Pinned`: `pin` is the circuit id, and the
/// circuit is not marked as a development set-up. `Any`: development set-ups too; `pin` is a circuit id or zero.
enum SetupTrust {
    Attested,
    Pinned,
    Any
}

/// @notice One kind of evidence with its parameters.
/// @param kind The evidence demanded.
/// @param params By kind. Signature: 0. Zk: a `SetupTrust`. Quorum: `k | n << 8`. Tee: minimum TCB rank, bit 8 set where
/// a simulated enclave is acceptable. Optimistic: window in seconds.
/// @param pin By kind. Zk: see `SetupTrust`. Tee: a measurement or zero. Otherwise zero.
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

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice What can support a statement. The order is frozen: `Assurance.kinds` has one bit for each.
enum EvidenceKind {
    Signature,
    Quorum,
    Optimistic,
    Tee,
    Zk
}

/// @notice One piece of evidence.
/// @param kind What it is.
/// @param data Its encoding, defined by the verifier of that kind.
struct Evidence {
    EvidenceKind kind;
    bytes data;
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @notice What a certificate authority of the vendor's may sign.
/// @dev `Pck*`: certificates of platforms, and the list of those that are revoked. `TcbSigning`: TCB info and identities of
/// quoting enclaves.
enum AuthorityRole {
    None,
    PckPlatform,
    PckProcessor,
    TcbSigning
}

/// @notice A certificate authority below the root.
/// @param name Hash of its name, which what it issues says.
struct Authority {
    AuthorityRole role;
    uint40 notBefore;
    uint40 notAfter;
    uint160 serial;
    bytes32 name;
}

/// @notice What is kept of a list of revoked certificates.
/// @param parts Where its packed entries are, see `X509`.
struct Revocations {
    uint40 thisUpdate;
    uint40 nextUpdate;
    uint256 number;
    address[] parts;
}

/// @notice What is kept of a TCB info or of an identity.
/// @param content Where it is.
/// @param signer Authority that signed it.
struct Collateral {
    uint32 evaluation;
    uint40 issuedAt;
    uint40 nextUpdate;
    address content;
    bytes32 signer;
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

using {idOf} for PublicKey global;

/// @notice An affine point of secp256r1.
struct PublicKey {
    bytes32 x;
    bytes32 y;
}

/// @notice An ECDSA signature on secp256r1 and the key that made it. `s` may be in either half.
struct Signature {
    bytes32 r;
    bytes32 s;
    PublicKey key;
}

/// @notice Returns what a key is known by: the hash of its coordinates.
function idOf(PublicKey memory self) pure returns (bytes32) {
    return keccak256(abi.encode(self.x, self.y));
}

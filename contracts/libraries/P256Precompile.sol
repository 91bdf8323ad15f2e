// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PublicKey, Signature} from "../types/P256.sol";

/// @title P256Precompile
/// @notice Verifies ECDSA signatures on secp256r1 by the precompile of EIP-7951 (RIP-7212), and by nothing else.
/// @dev A signature is valid where exactly 32 bytes come back and they are 1: a bad signature and an absent precompile both
/// return nothing. `(r, s)` and `(r, n - s)` are both valid, as X.509 and Intel have it: no reader may tell things apart by the
/// bytes of a signature.
library P256Precompile {
    /// @notice The chain has no precompile at 0x100, or one that accepts what it should refuse.
    error P256PrecompileMissing();

    address private constant PRECOMPILE = address(0x100);

    bytes32 private constant PROBE_DIGEST = 0xbb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023;
    bytes32 private constant PROBE_X = 0xa71af64de5126a4a4e02b7922d66ce9415ce88a4c9d25514d91082c8725ac957;
    bytes32 private constant PROBE_Y = 0x5d47723c8fbe580bb369fec9c2665d8e30a435b9932645482e7c9f11e872296b;

    /// @notice Returns whether the signature is one of `digest`.
    function verify(bytes32 digest, Signature memory signature) internal view returns (bool) {
        bytes memory input = abi.encode(digest, signature);
        (bool success, bytes memory returned) = PRECOMPILE.staticcall(input);
        return success && returned.length == 32 && abi.decode(returned, (uint256)) == 1;
    }

    /// @notice Demands that the chain accepts a valid signature (Wycheproof ecdsa_secp256r1_sha256_p1363, `r = 5`, `s = 1`) and
    /// refuses it for another digest.
    function requirePresent() internal view {
        Signature memory probe = Signature({
            r: bytes32(uint256(5)),
            s: bytes32(uint256(1)),
            key: PublicKey({x: PROBE_X, y: PROBE_Y})
        });
        require(verify(PROBE_DIGEST, probe) && !verify(~PROBE_DIGEST, probe), P256PrecompileMissing());
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {X509} from "../../../contracts/libraries/X509.sol";
import {PublicKey} from "../../../contracts/types/P256.sol";

/// @dev `whole` goes on behind `length`, as calldata does behind what is read.
contract X509Reader {
    function read(
        bytes calldata whole,
        uint256 length,
        bytes calldata wanted
    ) external pure returns (X509.Certificate memory certificate, bytes memory extension) {
        return X509.read(whole[:length], wanted);
    }

    function readList(bytes calldata whole, uint256 length) external pure returns (X509.RevocationList memory) {
        return X509.readList(whole[:length]);
    }

    function requireSignedBy(bytes calldata der, PublicKey memory key) external view {
        X509.requireSignedBy(der, key);
    }

    function revokedAt(bytes memory entries, uint160 serial) external pure returns (uint40) {
        return X509.revokedAt(entries, serial);
    }

    function slice(bytes memory entries, uint256 from, uint256 to) external pure returns (bytes memory) {
        return X509.slice(entries, from, to);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title WalletPrefixed
/// @notice A wallet whose signatures are its owner's after a byte of its own, as those of modular accounts are.
contract WalletPrefixed is IERC1271 {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 66) return bytes4(0);
        (address signer, , ) = ECDSA.tryRecoverCalldata(hash, signature[1:]);
        return signer == _owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title WalletMock
/// @notice A requester that is a contract (ERC-1271): recognises its owner's signatures, none, or burns all gas.
contract WalletMock is IERC1271 {
    enum Mood {
        Honest,
        Denying,
        Burning
    }

    address public owner;
    Mood public mood;

    constructor(address owner_) {
        owner = owner_;
    }

    function feel(Mood mood_) external {
        mood = mood_;
    }

    function act(address target, bytes calldata data) external payable {
        Address.functionCallWithValue(target, data, msg.value);
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (mood == Mood.Burning) _burn();
        (address signer, , ) = ECDSA.tryRecoverCalldata(hash, signature);
        return mood == Mood.Honest && signer == owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    function _burn() private pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

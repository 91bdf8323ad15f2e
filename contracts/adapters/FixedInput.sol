// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInputAdapter} from "../interfaces/IInputAdapter.sol";
import {ReleaseId} from "../types/Ids.sol";

/// @title FixedInput
/// @notice Inputs that are written in the configuration: `abi.encode(words)`.
/// @dev The provenance is `keccak256(abi.encode(keccak256("vouch.fixed-input.v1"), chain id, adapter, release,
/// keccak256(config)))`. Warning: whether the words are the release's is seen when they are asked for.
contract FixedInput is IInputAdapter {
    bytes32 private constant TAG = keccak256("vouch.fixed-input.v1");

    /// @inheritdoc IInputAdapter
    function inputOf(
        ReleaseId release,
        bytes calldata config
    ) external view returns (uint256[] memory words, bytes32 provenance) {
        words = abi.decode(config, (uint256[]));
        provenance = keccak256(abi.encode(TAG, block.chainid, address(this), release, keccak256(config)));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInputAdapter} from "../interfaces/IInputAdapter.sol";
import {ReleaseId} from "../types/Ids.sol";

/// @title AdapterMock
/// @notice An adapter that returns the words it was told, with a provenance that counts blocks, and fails on command.
contract AdapterMock is IInputAdapter {
    enum Behaviour {
        Answer,
        Revert,
        BurnGas
    }

    Behaviour public behaviour;
    uint256[] private _words;

    error AdapterRefused(ReleaseId release, bytes config);

    function misbehave(Behaviour behaviour_) external {
        behaviour = behaviour_;
    }

    function set(uint256[] calldata words) external {
        _words = words;
    }

    /// @inheritdoc IInputAdapter
    function inputOf(
        ReleaseId release,
        bytes calldata config
    ) external view returns (uint256[] memory words, bytes32 provenance) {
        require(behaviour != Behaviour.Revert, AdapterRefused(release, config));
        if (behaviour == Behaviour.BurnGas) {
            assembly {
                invalid()
            }
        }
        (words, provenance) = (_words, bytes32(block.number));
    }
}

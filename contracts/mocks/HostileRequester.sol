// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceCallback} from "../interfaces/IInferenceCallback.sol";
import {Assurance} from "../types/Assurance.sol";
import {Delivery, Finality} from "../types/Delivery.sol";

/// @title HostileRequester
/// @notice A requester whose callback misbehaves on command, and which forwards any call of its owner.
/// @dev Refuses plain transfers.
contract HostileRequester is IInferenceCallback {
    enum Behaviour {
        Accept,
        Revert,
        BurnGas,
        ReturnMegabyte,
        Reenter
    }

    Behaviour public behaviour;
    address public callee;
    bytes public data;
    uint256 public value;

    uint256 public deliveries;
    uint256 public gasSeen;
    uint8 public epoch;
    Finality public finality;
    bool public reentered;
    bytes public reentrancyResult;

    error CallbackRefused();
    error CallFailed(bytes reason);

    function misbehave(Behaviour behaviour_) external {
        behaviour = behaviour_;
    }

    /// @notice Has the callback make a call, with the value that is sent along now.
    function reenter(address target_, bytes calldata data_) external payable {
        (behaviour, callee, data, value) = (Behaviour.Reenter, target_, data_, msg.value);
    }

    /// @notice Calls `to` as this contract.
    function execute(address to, bytes calldata call) external payable returns (bytes memory result) {
        bool succeeded;
        (succeeded, result) = to.call{value: msg.value}(call);
        require(succeeded, CallFailed(result));
    }

    /// @inheritdoc IInferenceCallback
    function onInference(Delivery calldata delivery, uint256[] calldata, Assurance calldata) external {
        uint256 left = gasleft();
        if (behaviour == Behaviour.Revert) revert CallbackRefused();
        if (behaviour == Behaviour.BurnGas) _burn();
        if (behaviour == Behaviour.ReturnMegabyte) _returnMegabyte();
        ++deliveries;
        (epoch, finality) = (delivery.epoch, delivery.finality);
        gasSeen = left;
        // Whether it succeeds is what a test looks at.
        // solhint-disable-next-line avoid-low-level-calls
        if (behaviour == Behaviour.Reenter) (reentered, reentrancyResult) = callee.call{value: value}(data);
    }

    function _burn() private pure {
        assembly {
            invalid()
        }
    }

    function _returnMegabyte() private pure {
        assembly {
            return(0, 0x100000)
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {TokenPlain} from "./TokenPlain.sol";

/// @title TokenReentrant
/// @notice Calls back whoever sends or receives, with what it was armed with; can also be a party itself.
contract TokenReentrant is TokenPlain {
    address private _target;
    bytes private _data;
    bool public reentered;

    function arm(address target, bytes calldata data) external {
        (_target, _data, reentered) = (target, data, false);
    }

    /// @notice Calls as the token itself.
    function act(address target, bytes calldata data) external payable {
        Address.functionCallWithValue(target, data, msg.value);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0)) return;
        (address target, bytes memory data) = (_target, _data);
        _target = address(0);
        // Whether it succeeds is what a test looks at.
        // solhint-disable-next-line avoid-low-level-calls
        (reentered, ) = target.call(data);
    }
}

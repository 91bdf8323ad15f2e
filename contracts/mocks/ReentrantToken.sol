// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title ReentrantToken
/// @notice Calls back whatever it was told to at every transfer, and remembers whether that went through.
contract ReentrantToken is ERC20 {
    address private _target;
    bytes private _data;
    bool private _entered;

    uint256 public attempts;
    uint256 public successes;

    constructor() ERC20("Reentrant", "RE") {
        _mint(msg.sender, 1e24);
    }

    function arm(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (_target == address(0) || _entered) return;
        _entered = true;
        ++attempts;
        // Whether it succeeds is what a test looks at.
        // solhint-disable-next-line avoid-low-level-calls
        (bool success, ) = _target.call(_data);
        if (success) ++successes;
        _entered = false;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TokenPlain} from "./TokenPlain.sol";

/// @title TokenFee
/// @notice Keeps a hundredth of every transfer, rounded down, and wraps the native token.
contract TokenFee is TokenPlain {
    /// @notice Mints what is sent, as a wrapper of the native token does.
    function deposit() external payable {
        _mint(address(this), msg.value);
        _transfer(address(this), msg.sender, msg.value);
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount / 100;
        super._update(from, to, amount - fee);
        if (fee > 0) super._update(from, address(this), fee);
    }
}

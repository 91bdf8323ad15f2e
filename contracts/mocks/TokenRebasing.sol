// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TokenPlain} from "./TokenPlain.sol";

/// @title TokenRebasing
/// @notice Moves any holder's balance up or down on command.
contract TokenRebasing is TokenPlain {
    function rebase(address holder, uint256 balance) external {
        _burn(holder, balanceOf(holder));
        _mint(holder, balance);
    }
}

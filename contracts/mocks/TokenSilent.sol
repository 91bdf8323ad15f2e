// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TokenPlain} from "./TokenPlain.sol";

/// @title TokenSilent
/// @notice Takes any call that it does not know, and does nothing, as WETH9 does with a permit.
contract TokenSilent is TokenPlain {
    // The emptiness is the point.
    // solhint-disable-next-line no-empty-blocks
    fallback() external {}
}

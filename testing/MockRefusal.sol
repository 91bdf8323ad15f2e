// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {SimulatedOnly} from "./SimulatedOnly.sol";

/// @title MockRefusal
/// @notice Refuses by name every call that a mock does not answer, instead of answering it wrong.
contract MockRefusal is SimulatedOnly {
    /// @notice The test kit does not have this function: test it against a local deployment with `@vouch/hardhat`.
    error MockUnsupported(bytes4 selector);

    fallback() external {
        revert MockUnsupported(msg.sig);
    }
}

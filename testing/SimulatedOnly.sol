// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title SimulatedOnly
/// @notice A contract that can only be deployed where nothing is at stake.
/// @dev A chain counts as simulated where its id is one that development nodes use, 31337 or 1337, or where the account of the
/// test runners' cheatcodes has code, as in every test of Foundry and of Hardhat, forks of live chains among them. No live chain
/// can have code there: nobody knows a key or a deployer of that address.
/// Warning: a public chain that took 31337 or 1337 as its id would be mistaken for a development node.
abstract contract SimulatedOnly {
    address private constant CHEATCODES = address(uint160(uint256(keccak256("hevm cheat code"))));
    uint256 private constant HARDHAT = 31_337;
    uint256 private constant GETH = 1_337;

    /// @notice Mocks take anybody's word: they are for tests.
    error MockOnLiveChain(uint256 chainId);

    constructor() {
        bool isDevelopment = block.chainid == HARDHAT || block.chainid == GETH;
        require(isDevelopment || CHEATCODES.code.length > 0, MockOnLiveChain(block.chainid));
    }
}

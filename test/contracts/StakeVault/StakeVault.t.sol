// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakeVault} from "../../../contracts/StakeVault.sol";
import {vm} from "../Vm.sol";

contract StakeVaultTest {
    StakeVault private _vault;
    address private constant OPERATOR = address(0xA11CE);

    function setUp() public {
        _vault = new StakeVault();
        vm.prank(OPERATOR);
        _vault.authorise(address(this), true);
    }

    function testFuzz_ExposureAndExitNeverExceedStake(uint96 staked, uint96 exposed, uint96 leaving) public {
        vm.assume(staked > 0 && leaving > 0);
        vm.deal(OPERATOR, staked);
        vm.prank(OPERATOR);
        _vault.stake{value: staked}();

        if (exposed > staked) vm.expectRevert();
        _vault.open(OPERATOR, "liability", exposed);
        uint256 free = _vault.freeStakeOf(OPERATOR);

        if (leaving > free) vm.expectRevert();
        vm.prank(OPERATOR);
        _vault.requestExit(leaving);

        require(_vault.exposureOf(OPERATOR) <= _vault.stakeOf(OPERATOR), "exposure exceeds stake");
        (uint256 inExit, ) = _vault.exitOf(OPERATOR);
        require(_vault.stakeOf(OPERATOR) + inExit == address(_vault).balance, "wei went missing");
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISchedule} from "../interfaces/ISchedule.sol";

/// @title KeeperMock
/// @notice A keeper that, paid, refuses or tries to be paid again.
contract KeeperMock {
    ISchedule private immutable _schedule;
    bool public refuses;
    bool public reentered;

    error PaymentRefused();

    constructor(ISchedule schedule) {
        _schedule = schedule;
    }

    receive() external payable {
        _accept();
    }

    function refuse(bool refuses_) external {
        refuses = refuses_;
    }

    function run() external {
        _schedule.run(address(this));
    }

    function withdraw() external {
        _schedule.withdrawRewards(payable(address(this)));
    }

    function _accept() private {
        require(!refuses, PaymentRefused());
        bytes memory again = abi.encodeCall(ISchedule.withdrawRewards, (payable(address(this))));
        // solhint-disable-next-line avoid-low-level-calls
        (bool paid, ) = address(_schedule).call(again);
        // solhint-disable-next-line avoid-low-level-calls
        (bool ran, ) = address(_schedule).call(abi.encodeCall(ISchedule.run, (address(this))));
        reentered = paid || ran;
    }
}

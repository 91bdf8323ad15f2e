// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title PayeeReentrant
/// @notice Calls back whoever pays it with the call that it last made itself; `refuse` makes it turn payments down.
contract PayeeReentrant {
    bytes private _last;
    bool public refusing;
    bool public reentered;

    error PaymentRefused();

    // Re-enters: the one thing that it is for.
    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        require(!refusing, PaymentRefused());
        bytes memory data = _last;
        delete _last;
        // Whether it succeeds is what a test looks at.
        // solhint-disable-next-line avoid-low-level-calls
        if (data.length > 0) (reentered, ) = msg.sender.call(data);
    }

    function refuse(bool refusing_) external {
        refusing = refusing_;
    }

    function act(address target, bytes calldata data) external payable {
        _last = data;
        Address.functionCallWithValue(target, data, msg.value);
    }
}

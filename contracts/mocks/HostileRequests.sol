// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {RequestId} from "../types/Ids.sol";
import {RequestParams} from "../types/Request.sol";

/// @title HostileRequests
/// @notice Poses as a contract of requests: its answers are what a test says, and it calls back into its caller.
contract HostileRequests {
    IInferenceRequests.Result private _result;
    bytes public data;
    uint256 public value;
    uint8 public judgeK;
    uint8 public judgeN;
    bool public reentered;
    bytes public reentrancyResult;

    function answerWith(IInferenceRequests.Result calldata result) external {
        _result = result;
    }

    function judgeBy(uint8 k, uint8 n) external {
        (judgeK, judgeN) = (k, n);
    }

    /// @notice Has it call its caller back, with the value that is sent along now.
    function reenter(bytes calldata data_) external payable {
        (data, value) = (data_, msg.value);
    }

    function contest(RequestId) external {
        _callBack();
    }

    function resolve(RequestId, RequestParams calldata, uint256[] calldata, bool, address) external {
        _callBack();
    }

    function resultOf(RequestId) external view returns (IInferenceRequests.Result memory) {
        return _result;
    }

    function judgeOf(RequestId) external view returns (uint8 k, uint8 n) {
        return (judgeK, judgeN);
    }

    function _callBack() private {
        if (data.length == 0) return;
        // Whether it succeeds is what a test looks at.
        // solhint-disable-next-line avoid-low-level-calls
        (reentered, reentrancyResult) = msg.sender.call{value: value}(data);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {Assurance} from "../types/Assurance.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";

/// @title IInferenceCallback
/// @notice What a requester with `callbackGas` implements.
interface IInferenceCallback {
    /// @notice Receives the output words of a fulfilled request and the evidence that was verified for them.
    /// @dev Called with exactly `callbackGas`. A revert is recorded and can be redelivered; it undoes nothing.
    /// Warning: check that the sender is the `InferenceRequests` you asked.
    function onInference(
        RequestId id,
        ReleaseId release,
        uint256[] calldata output,
        Assurance calldata assurance
    ) external;
}

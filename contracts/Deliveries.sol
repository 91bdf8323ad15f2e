// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {RequestBook} from "./RequestBook.sol";
import {IInferenceCallback} from "./interfaces/IInferenceCallback.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {Entries, Entry} from "./libraries/Entries.sol";
import {ExactGasCall} from "./libraries/ExactGasCall.sol";
import {Delivery, Finality} from "./types/Delivery.sol";
import {ReleaseId, RequestId} from "./types/Ids.sol";

/// @title Deliveries
/// @notice Calls requesters back with answers: once for each epoch, with the gas that was bought.
abstract contract Deliveries is RequestBook {
    using Entries for Entry;

    /// @inheritdoc IInferenceRequests
    function redeliver(RequestId id, ReleaseId release, uint256[] calldata input, uint256[] calldata output) external {
        Entry storage entry = _entries[id];
        require(entry.finality() > Finality.Provisional, RequestStatusInvalid(id, entry.status));
        require(entry.delivery == DeliveryStatus.Failed, CallbackNotFailed(id, entry.delivery));
        require(entry.commitment == _statementHash(id, release, input, output), StatementMismatch(id));

        _deliver(id, release, entry.callbackGas, output);
    }

    /// @dev `Pending` while the callback runs, so that it cannot be run again from within.
    function _deliver(RequestId id, ReleaseId release, uint256 callbackGas, uint256[] calldata output) internal {
        Entry storage entry = _entries[id];
        entry.delivery = DeliveryStatus.Pending;
        Delivery memory delivery = Delivery({
            request: id,
            release: release,
            epoch: entry.epoch(),
            finality: entry.finality()
        });

        bytes memory data = abi.encodeCall(
            IInferenceCallback.onInference,
            (delivery, output, _entries[id].assurance())
        );
        bool delivered = ExactGasCall.tryCall({target: entry.requester, gasLimit: callbackGas, data: data});

        emit CallbackAttempted(id, delivery.epoch, delivered);

        // A provisional callback may have seen the answer decided within it: that delivery's status is not its own.
        if (entry.epoch() == delivery.epoch) {
            entry.delivery = delivered ? DeliveryStatus.Delivered : DeliveryStatus.Failed;
        }
    }
}

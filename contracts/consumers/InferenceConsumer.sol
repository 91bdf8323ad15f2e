// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IEvidenceRouter} from "../interfaces/IEvidenceRouter.sol";
import {IInferenceCallback} from "../interfaces/IInferenceCallback.sol";
import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {Assurance} from "../types/Assurance.sol";
import {Delivery, Finality} from "../types/Delivery.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy} from "../types/Policy.sol";
import {RequestParams} from "../types/Request.sol";

/// @title InferenceConsumer
/// @notice Base of a contract that asks for inferences and is called back with the answers.
/// @dev The floor is demanded twice: it is part of every request, and it is checked again on delivery.
/// Warning: what comes back is credited to this contract and leaves by its own calls alone: escrow by `requests.withdraw`, the
/// compensation for a missed deadline by `requests.vault().withdrawCredit`.
abstract contract InferenceConsumer is IInferenceCallback {
    IInferenceRequests public immutable requests;
    IEvidenceRouter public immutable router;

    uint256 private _nonce;

    error InferenceNotFromRequests(address sender);

    constructor(IInferenceRequests requests_) {
        requests = requests_;
        router = requests_.router();
    }

    /// @inheritdoc IInferenceCallback
    function onInference(Delivery calldata delivery, uint256[] calldata output, Assurance calldata assurance) external {
        require(msg.sender == address(requests), InferenceNotFromRequests(msg.sender));
        if (delivery.finality != Finality.Final) {
            _onUnsettled(delivery, output, assurance);
            return;
        }
        router.requireAssurance({policy: _floor(), assurance: assurance, release: delivery.release});

        _onInference(delivery.request, delivery.release, output, assurance);
    }

    /// @dev Asks with the floor added to the policy and a nonce of this contract's, and pays the escrow, in the native
    /// token, from this contract's balance.
    function _request(RequestParams memory params) internal returns (RequestId) {
        params.nonce = _nonce++;
        params.policy = _floor().and(params.policy);
        return requests.request{value: params.escrow()}(params);
    }

    /// @dev Hears of an answer that can still be challenged, where `provisionalGas` was bought, and of one that was
    /// overturned. Does nothing unless overridden.
    /// Warning: neither was held against the floor.
    function _onUnsettled(
        Delivery calldata delivery,
        uint256[] calldata output,
        Assurance calldata assurance
    ) internal virtual {} // solhint-disable-line no-empty-blocks

    /// @dev Acts on a final answer that meets the floor. `id` is a request of this contract, delivered at most once.
    function _onInference(
        RequestId id,
        ReleaseId release,
        uint256[] calldata output,
        Assurance calldata assurance
    ) internal virtual;

    /// @dev Returns the evidence below which this contract accepts no answer.
    /// Warning: one that demands nothing, of a release whose floor demands nothing, makes every delivery fail.
    function _floor() internal view virtual returns (Policy memory);
}

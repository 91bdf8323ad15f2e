// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IEvidenceRouter} from "../interfaces/IEvidenceRouter.sol";
import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {Words} from "../libraries/Words.sol";
import {Assurance} from "../types/Assurance.sol";
import {Finality} from "../types/Delivery.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";

/// @title ReceiptConsumer
/// @notice Base of a contract that is brought receipts in calldata and acts on them in the same transaction.
/// @dev A receipt that verifies is public and says nothing of whom it is about or when it was made. This base binds what
/// the router does not: the release, the subject (by the hash of its input), freshness, and single use.
abstract contract ReceiptConsumer {
    using Words for uint256[];

    /// @notice What a receipt must be about.
    /// @param inputHash Hash of the subject's input words, from a source that the consumer trusts, never from the caller.
    /// @param maxAge Seconds since the answer was final.
    struct Expectation {
        ReleaseId release;
        bytes32 inputHash;
        uint256 maxAge;
    }

    IInferenceRequests public immutable requests;
    IEvidenceRouter public immutable router;

    mapping(RequestId id => bool used) private _used;

    event ReceiptUsed(RequestId indexed id);

    error ReceiptReleaseMismatch(ReleaseId release, ReleaseId expected);
    error ReceiptSubjectMismatch(bytes32 inputHash, bytes32 expected);
    /// @notice The request was settled with another statement.
    error ReceiptNotSettled(RequestId id);
    /// @notice The answer can still be challenged, or was overturned.
    error ReceiptNotFinal(RequestId id);
    error ReceiptTooOld(uint256 settledAt, uint256 maxAge);
    error ReceiptAlreadyUsed(RequestId id);

    constructor(IInferenceRequests requests_) {
        requests = requests_;
        router = requests_.router();
    }

    /// @notice Returns whether a request's receipt was used here.
    function isUsed(RequestId id) public view returns (bool) {
        return _used[id];
    }

    /// @dev Verifies a receipt against `policy`, demands what `expected` says, and uses it up.
    function _useReceipt(
        Receipt calldata receipt,
        Expectation memory expected,
        Policy memory policy
    ) internal returns (Assurance memory) {
        RequestId id = receipt.request;
        require(!_used[id], ReceiptAlreadyUsed(id));
        require(receipt.release == expected.release, ReceiptReleaseMismatch(receipt.release, expected.release));
        bytes32 inputHash = receipt.input.hash();
        require(inputHash == expected.inputHash, ReceiptSubjectMismatch(inputHash, expected.inputHash));
        IInferenceRequests.Result memory result = requests.resultOf(id);
        require(result.finality == Finality.Final, ReceiptNotFinal(id));
        require(result.statement == router.statementOf(receipt).hash(), ReceiptNotSettled(id));
        require(block.timestamp - result.movedAt <= expected.maxAge, ReceiptTooOld(result.movedAt, expected.maxAge));

        _used[id] = true;

        emit ReceiptUsed(id);

        return router.requireReceipt(receipt, policy);
    }
}

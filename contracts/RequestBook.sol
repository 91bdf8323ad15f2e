// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {Entries, Entry} from "./libraries/Entries.sol";
import {Words} from "./libraries/Words.sol";
import {Assurance} from "./types/Assurance.sol";
import {Finality} from "./types/Delivery.sol";
import {ReleaseId, RequestId} from "./types/Ids.sol";
import {RequestParams} from "./types/Request.sol";
import {Statement} from "./types/Statement.sol";

/// @title RequestBook
/// @notice What is stored of requests: where each stands, what it commits to, and how it was answered.
abstract contract RequestBook is IInferenceRequests {
    using Entries for Entry;
    using Words for uint256[];

    mapping(RequestId id => Entry entry) internal _entries;

    /// @inheritdoc IInferenceRequests
    function statusOf(RequestId id) external view returns (Status) {
        return _entries[id].status;
    }

    /// @inheritdoc IInferenceRequests
    function finalityOf(RequestId id) external view returns (Finality) {
        return _entries[id].finality();
    }

    /// @inheritdoc IInferenceRequests
    function requesterOf(RequestId id) external view returns (address) {
        return _entries[id].requester;
    }

    /// @inheritdoc IInferenceRequests
    function operatorOf(RequestId id) external view returns (address) {
        return _entries[id].operator;
    }

    /// @inheritdoc IInferenceRequests
    function resultOf(RequestId id) external view returns (Result memory) {
        Entry storage entry = _answered(id);
        return
            Result({
                operator: entry.operator,
                finality: entry.finality(),
                movedAt: entry.movedAt,
                delivery: entry.delivery,
                statement: entry.commitment,
                assurance: _entries[id].assurance()
            });
    }

    /// @inheritdoc IInferenceRequests
    function assuranceOf(RequestId id) external view returns (Assurance memory) {
        Status status = _entries[id].status;
        require(status == Status.Fulfilled, RequestStatusInvalid(id, status));
        return _entries[id].assurance();
    }

    /// @inheritdoc IInferenceRequests
    function windowEndOf(RequestId id) public view returns (uint256) {
        Entry storage entry = _entries[id];
        require(entry.status == Status.Provisional, RequestStatusInvalid(id, entry.status));
        return entry.movedAt + _entries[id].details.window;
    }

    /// @inheritdoc IInferenceRequests
    function requestIdOf(address requester, uint256 nonce) public view returns (RequestId) {
        return RequestId.wrap(keccak256(abi.encode(block.chainid, address(this), requester, nonce)));
    }

    /// @dev The one place where a request changes its state.
    function _move(RequestId id, Status from, Status to) internal {
        Entry storage entry = _entries[id];
        require(entry.status == from, RequestStatusInvalid(id, entry.status));
        // Fits until the year 36,000.
        (entry.status, entry.movedAt) = (to, uint40(block.timestamp));
    }

    function _requireParams(RequestId id, RequestParams calldata params) internal view {
        Entry storage entry = _entries[id];
        if (entry.commitment == keccak256(abi.encode(params))) return;
        bool asked = entry.status == Status.Open || entry.status == Status.Locked || entry.status >= Status.Cancelled;
        require(asked, RequestStatusInvalid(id, entry.status));
        revert RequestParamsMismatch(id);
    }

    /// @dev Returns the statement of an answer that is not final yet.
    function _requireProposed(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output
    ) internal view returns (bytes32 statement) {
        Entry storage entry = _entries[id];
        statement = _statementHash(id, params.release, params.input, output);
        bytes32 expected = keccak256(abi.encode(keccak256(abi.encode(params)), statement));
        require(entry.commitment == expected, StatementMismatch(id));
    }

    /// @dev Of the answer of the operator that holds the request.
    function _statementHash(
        RequestId id,
        ReleaseId release,
        uint256[] calldata input,
        uint256[] calldata output
    ) internal view returns (bytes32) {
        return
            Statement({
                release: release,
                request: id,
                operator: _entries[id].operator,
                inputHash: input.hash(),
                outputHash: output.hash()
            }).hash();
    }

    function _answered(RequestId id) private view returns (Entry storage entry) {
        entry = _entries[id];
        require(entry.finality() != Finality.None, RequestStatusInvalid(id, entry.status));
    }
}

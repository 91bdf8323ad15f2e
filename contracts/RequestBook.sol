// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {Details, Entries, Entry} from "./libraries/Entries.sol";
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
    function judgeOf(RequestId id) external view returns (uint8 k, uint8 n) {
        Details storage details = _entries[id].details;
        return (details.judgeK, details.judgeN);
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

    /// @param end Place in calldata after the parameters, if they were encoded as the compiler does.
    function _requireParams(RequestId id, RequestParams calldata params, uint256 end) internal view {
        if (_isCommitted(id, params, end)) return;
        Status status = _entries[id].status;
        bool asked = status == Status.Open || status == Status.Locked || status >= Status.Cancelled;
        require(asked, RequestStatusInvalid(id, status));
        revert RequestParamsMismatch(id);
    }

    /// @dev Whether the request is of these parameters, and not answered. Most encoders lay them out in calldata as `abi.encode`
    /// does: then their bytes are hashed where they lie. Equal hashes mean equal bytes, and `params` is decoded from
    /// nothing else than these bytes, so a false `end` does no harm.
    function _isCommitted(RequestId id, RequestParams calldata params, uint256 end) internal view returns (bool) {
        bytes32 commitment = _entries[id].commitment;
        uint256 start;
        assembly ("memory-safe") {
            start := params
        }
        if (start < end) {
            // As one argument that has no fixed length is encoded: its place, then its bytes.
            bytes memory encoded = bytes.concat(bytes32(uint256(0x20)), msg.data[start:end]);
            if (commitment == keccak256(encoded)) return true;
        }
        return commitment == keccak256(abi.encode(params));
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

    /// @dev Where an array begins in calldata.
    function _placeOf(uint256[] calldata words) internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := sub(words.offset, 0x20)
        }
    }

    function _answered(RequestId id) private view returns (Entry storage entry) {
        entry = _entries[id];
        require(entry.finality() != Finality.None, RequestStatusInvalid(id, entry.status));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReceiptConsumer} from "../consumers/ReceiptConsumer.sol";
import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {SetupTrust} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";
import {CreditModel} from "./CreditModel.sol";

/// @title CreditDesk
/// @notice Grants or refuses a line on a receipt that anyone brings, in the transaction that brings it.
/// @dev Warning: shows proofs, never lending (see `CreditModel`). Anyone could have a flattering input proven; so the
/// underwriter says beforehand which input is an applicant's, and nothing else decides on that applicant.
contract CreditDesk is ReceiptConsumer, CreditModel {
    /// @notice Age above which a receipt no longer decides.
    uint256 public constant MAX_AGE = 1 days;

    mapping(address applicant => bytes32 inputHash) private _inputHashes;
    mapping(address applicant => uint256 limit) private _limits;

    event ApplicationRegistered(address indexed applicant, bytes32 inputHash);
    event CreditDecided(RequestId indexed id, address indexed applicant, uint256 limit);

    error ApplicationNotRegistered(address applicant);

    constructor(
        IInferenceRequests requests_,
        ReleaseId release_,
        SetupTrust trust,
        bytes32 pin
    ) ReceiptConsumer(requests_) CreditModel(requests_, release_, trust, pin) {}

    /// @notice Says by hash which input words are an applicant's; a new one replaces the old, and ends what was decided by it.
    /// @dev Zero takes the application back.
    function register(address applicant, bytes32 inputHash) external onlyUnderwriter {
        _inputHashes[applicant] = inputHash;
        delete _limits[applicant];

        emit ApplicationRegistered(applicant, inputHash);
    }

    /// @notice Decides on an applicant by a receipt over its registered input; anyone may bring it.
    function decide(address applicant, Receipt calldata receipt) external returns (uint256 limit) {
        bytes32 inputHash = _inputHashes[applicant];
        require(inputHash != 0, ApplicationNotRegistered(applicant));
        _useReceipt({
            receipt: receipt,
            expected: Expectation({release: release, inputHash: inputHash, maxAge: MAX_AGE}),
            policy: _creditPolicy()
        });

        limit = _isGoodRisk(receipt.output) ? CREDIT_LIMIT : 0;
        _limits[applicant] = limit;

        emit CreditDecided(receipt.request, applicant, limit);
    }

    /// @notice Returns the hash of the input that decides on an applicant; zero for none.
    function inputHashOf(address applicant) external view returns (bytes32) {
        return _inputHashes[applicant];
    }

    /// @notice Returns the credit that an applicant was granted.
    function limitOf(address applicant) external view returns (uint256) {
        return _limits[applicant];
    }
}

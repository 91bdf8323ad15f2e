// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {Policies} from "../libraries/Policies.sol";
import {ReleaseId} from "../types/Ids.sol";
import {Policy, SetupTrust} from "../types/Policy.sol";
import {LogitModel} from "./LogitModel.sol";

/// @title CreditModel
/// @notice One pinned release that gives one logit for an applicant: above zero, a bad risk.
/// @dev Warning: an example of how proofs are consumed, and of nothing else. Credit models trained on such data hold sex,
/// age and marital status; this is no way to decide on lending.
abstract contract CreditModel is LogitModel {
    /// @notice Units of credit that a good risk is granted, in the example's own accounting.
    uint256 public constant CREDIT_LIMIT = 1_000;

    /// @notice Who may say which input belongs to which applicant.
    address public immutable underwriter;

    SetupTrust private immutable _trust;
    bytes32 private immutable _pin;

    error CreditNotByUnderwriter(address sender);

    modifier onlyUnderwriter() {
        require(msg.sender == underwriter, CreditNotByUnderwriter(msg.sender));
        _;
    }

    /// @param trust Which set-ups of the release's circuit are trusted, and `pin`: see `SetupTrust`.
    constructor(
        IInferenceRequests requests_,
        ReleaseId release_,
        SetupTrust trust,
        bytes32 pin
    ) LogitModel(requests_, release_) {
        underwriter = msg.sender;
        _trust = trust;
        _pin = pin;
    }

    /// @dev A proof of the computation and the signature of a staked operator, both.
    function _creditPolicy() internal view returns (Policy memory) {
        return Policies.all(Policies.zk(_trust, _pin), Policies.signature());
    }

    /// @dev Returns whether the model's logit says "good risk": it is not above zero.
    function _isGoodRisk(uint256[] memory output) internal view returns (bool) {
        return _logitOf(output) <= 0;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {Policies} from "../libraries/Policies.sol";
import {TensorCodec} from "../libraries/TensorCodec.sol";
import {CircuitId, ReleaseId} from "../types/Ids.sol";
import {Policy, SetupTrust} from "../types/Policy.sol";
import {TensorEncoding, WordMode} from "../types/Circuit.sol";

/// @title CreditModel
/// @notice One pinned release that gives one logit for an applicant: above zero, a bad risk.
/// @dev Warning: an example of how proofs are consumed, and of nothing else. Credit models trained on such data hold sex,
/// age and marital status; this is no way to decide on lending.
abstract contract CreditModel {
    /// @notice Units of credit that a good risk is granted, in the example's own accounting.
    uint256 public constant CREDIT_LIMIT = 1_000;

    /// @notice Who may say which input belongs to which applicant.
    address public immutable underwriter;
    ReleaseId public immutable release;

    CircuitId internal immutable _circuit;
    SetupTrust private immutable _trust;
    bytes32 private immutable _pin;
    uint8 private immutable _outputBits;
    bool private immutable _outputSigned;

    error CreditNotByUnderwriter(address sender);
    /// @notice The release has no circuit, or its output is not one public number.
    error CreditModelUnsuitable(ReleaseId release);

    modifier onlyUnderwriter() {
        require(msg.sender == underwriter, CreditNotByUnderwriter(msg.sender));
        _;
    }

    /// @param trust Which set-ups of the release's circuit are trusted, and `pin`: see `SetupTrust`.
    constructor(IInferenceRequests requests_, ReleaseId release_, SetupTrust trust, bytes32 pin) {
        CircuitId circuit = requests_.models().releaseOf(release_).circuit;
        require(circuit != CircuitId.wrap(0), CreditModelUnsuitable(release_));
        (, TensorEncoding memory output) = requests_.circuits().encodingsOf(circuit);
        bool suitable = output.mode == WordMode.Public && output.elements == 1;
        require(suitable, CreditModelUnsuitable(release_));

        underwriter = msg.sender;
        release = release_;
        _circuit = circuit;
        _trust = trust;
        _pin = pin;
        _outputBits = output.bits;
        _outputSigned = output.isSigned;
    }

    /// @dev A proof of the computation and the signature of a staked operator, both.
    function _creditPolicy() internal view returns (Policy memory) {
        return Policies.all(Policies.zk(_trust, _pin), Policies.signature());
    }

    /// @dev Returns whether the model's logit says "good risk": it is not above zero.
    function _isGoodRisk(uint256[] memory output) internal view returns (bool) {
        TensorEncoding memory encoding = TensorEncoding({
            mode: WordMode.Public,
            elements: 1,
            bits: _outputBits,
            isSigned: _outputSigned
        });
        return TensorCodec.elementAt({words: output, encoding: encoding, index: 0}) <= 0;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceConsumer} from "../consumers/InferenceConsumer.sol";
import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {TensorCodec} from "../libraries/TensorCodec.sol";
import {Assurance} from "../types/Assurance.sol";
import {TensorEncoding} from "../types/Circuit.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy, SetupTrust} from "../types/Policy.sol";
import {RequestParams} from "../types/Request.sol";
import {CreditModel} from "./CreditModel.sol";
import {Offer} from "./Offer.sol";

/// @title CreditLine
/// @notice Asks for a decision on an applicant and, when the proven answer is called back, grants or refuses a line.
/// @dev Warning: shows proofs, never lending (see `CreditModel`). The underwriter vouches for the applicants' features: the
/// proof is of the computation, not of its input.
contract CreditLine is InferenceConsumer, CreditModel {
    enum Decision {
        None,
        Pending,
        Granted,
        Refused
    }

    struct Application {
        RequestId request;
        Decision decision;
    }

    /// @notice Gas bought for the callback.
    uint32 public constant CALLBACK_GAS = 150_000;

    mapping(address applicant => Application application) private _applications;
    mapping(RequestId id => address applicant) private _applicants;

    event DecisionAsked(RequestId indexed id, address indexed applicant);
    event CreditGranted(RequestId indexed id, address indexed applicant, uint256 limit);
    event CreditRefused(RequestId indexed id, address indexed applicant);

    error EscrowMismatch(uint256 sent, uint256 needed);
    /// @notice A later request for the same applicant is the one that decides.
    error ApplicationSuperseded(RequestId id);

    constructor(
        IInferenceRequests requests_,
        ReleaseId release_,
        SetupTrust trust,
        bytes32 pin
    ) InferenceConsumer(requests_) CreditModel(requests_, release_, trust, pin) {}

    /// @notice Asks for a decision on an applicant's features, integers in the release's fixed point.
    function ask(
        address applicant,
        int256[] calldata features,
        Offer calldata offer
    ) external payable onlyUnderwriter returns (RequestId) {
        (TensorEncoding memory encoding, ) = requests.circuits().encodingsOf(_circuit);
        return _ask(applicant, TensorCodec.pack(features, encoding), offer);
    }

    /// @notice Asks for a decision on features that only the operator sees, by their commitment.
    function askCommitted(
        address applicant,
        uint256 commitment,
        Offer calldata offer
    ) external payable onlyUnderwriter returns (RequestId) {
        uint256[] memory input = new uint256[](1);
        input[0] = commitment;
        return _ask(applicant, input, offer);
    }

    /// @notice Takes back an open request; what was escrowed can then be collected.
    function cancel(RequestId id, RequestParams calldata params) external onlyUnderwriter {
        requests.cancel(id, params);
    }

    /// @notice Sends refunds and surplus of this contract's requests to the underwriter, who paid for them; anyone may.
    function collect() external {
        requests.withdraw(address(0), payable(underwriter));
    }

    /// @notice Sends compensations for missed deadlines, in the vault's asset, to the underwriter; anyone may.
    function collectCompensation() external {
        requests.vault().withdrawCredit(underwriter);
    }

    /// @notice Returns the decision on an applicant.
    function decisionOf(address applicant) external view returns (Decision) {
        return _applications[applicant].decision;
    }

    /// @notice Returns the request that decides on an applicant.
    function requestOf(address applicant) external view returns (RequestId) {
        return _applications[applicant].request;
    }

    /// @notice Returns the credit that an applicant was granted.
    function limitOf(address applicant) external view returns (uint256) {
        return _applications[applicant].decision == Decision.Granted ? CREDIT_LIMIT : 0;
    }

    /// @dev The sender of every request is this contract, so `id` and `release` are ones it asked for.
    function _onInference(RequestId id, ReleaseId, uint256[] calldata output, Assurance calldata) internal override {
        address applicant = _applicants[id];
        Application storage application = _applications[applicant];
        require(application.request == id, ApplicationSuperseded(id));

        if (_isGoodRisk(output)) {
            application.decision = Decision.Granted;
            emit CreditGranted(id, applicant, CREDIT_LIMIT);
        } else {
            application.decision = Decision.Refused;
            emit CreditRefused(id, applicant);
        }
    }

    function _floor() internal view override returns (Policy memory) {
        return _creditPolicy();
    }

    function _ask(address applicant, uint256[] memory input, Offer calldata offer) private returns (RequestId id) {
        RequestParams memory params = offer.toParams({release: release, input: input, callbackGas: CALLBACK_GAS});
        uint256 needed = params.escrow();
        require(msg.value == needed, EscrowMismatch(msg.value, needed));

        id = _request(params);
        _applications[applicant] = Application({request: id, decision: Decision.Pending});
        _applicants[id] = applicant;

        emit DecisionAsked(id, applicant);
    }
}

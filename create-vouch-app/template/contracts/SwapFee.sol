// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceConsumer} from "@vouch/contracts/consumers/InferenceConsumer.sol";
import {IInferenceRequests} from "@vouch/contracts/interfaces/IInferenceRequests.sol";
import {IModelRegistry} from "@vouch/contracts/interfaces/IModelRegistry.sol";
import {FixedTensors} from "@vouch/contracts/libraries/FixedTensors.sol";
import {Policies} from "@vouch/contracts/libraries/Policies.sol";
import {Assurance} from "@vouch/contracts/types/Assurance.sol";
import {Fixed} from "@vouch/contracts/types/Fixed.sol";
import {ReleaseId, RequestId} from "@vouch/contracts/types/Ids.sol";
import {Policy, SetupTrust} from "@vouch/contracts/types/Policy.sol";
import {RequestParams} from "@vouch/contracts/types/Request.sol";

/// @title SwapFee
/// @notice Asks a model how volatile the next week will be, and sets a fee by the proven answer.
contract SwapFee is InferenceConsumer {
    ReleaseId public immutable release;
    RequestId public latest;
    /// @notice In hundredths of a percent: 30 until an answer comes.
    uint256 public feeBps = 30;

    event FeeSet(RequestId indexed id, Fixed logVolatility, uint256 feeBps);

    /// @notice A later request is the one that counts.
    error RequestSuperseded(RequestId id);

    constructor(IInferenceRequests requests_, ReleaseId release_) InferenceConsumer(requests_) {
        release = release_;
    }

    /// @notice Asks with the market's last days as numbers of 18 decimals; pay `quote()`.
    /// @dev Warning: anyone may ask, about any numbers. A contract that holds money decides who asks about what.
    function ask(Fixed[] calldata features) external payable {
        RequestParams memory params = _terms();
        IModelRegistry.ReleaseRecord memory model = requests.models().releaseOf(release);
        params.input = FixedTensors.pack(features, model.input, model.inputFractionBits);
        latest = _request(params);
    }

    /// @notice Returns the wei that a request escrows; what is not used comes back to this contract.
    function quote() external view returns (uint256) {
        return _terms().escrow();
    }

    function _onInference(RequestId id, ReleaseId, uint256[] calldata output, Assurance calldata) internal override {
        require(id == latest, RequestSuperseded(id));
        IModelRegistry.ReleaseRecord memory model = requests.models().releaseOf(release);
        Fixed logVolatility = FixedTensors.valueAt(output, model.output, model.outputFractionBits, 0);
        feeBps = logVolatility > Fixed.wrap(0) ? 60 : 10;

        emit FeeSet(id, logVolatility, feeBps);
    }

    /// @dev A proof of the computation and the signature of a staked operator, both.
    /// Warning: `Any` takes set-ups that their maker can forge: for development. Elsewhere name who attested the set-up with
    /// `Policies.provenAndSigned(auditor)`.
    function _floor() internal pure override returns (Policy memory) {
        return Policies.all(Policies.zk(SetupTrust.Any, bytes32(0)), Policies.signature());
    }

    function _terms() private view returns (RequestParams memory params) {
        params.release = release;
        (params.minFee, params.maxFee) = (0.001 ether, 0.001 ether);
        (params.stake, params.bond) = (0.01 ether, 0.01 ether);
        params.maxGasPrice = 10 gwei;
        params.verificationGas = 600_000;
        params.callbackGas = 150_000;
        params.lockDeadline = uint40(block.timestamp + 10 minutes);
        params.deadline = uint40(block.timestamp + 20 minutes);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IERC8183} from "../interfaces/IERC8183.sol";
import {IEvidenceRouter} from "../interfaces/IEvidenceRouter.sol";
import {IJobEvaluator} from "../interfaces/IJobEvaluator.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Determinism} from "../libraries/Determinism.sol";
import {PolicyStorage} from "../libraries/PolicyStorage.sol";
import {Words} from "../libraries/Words.sol";
import {RequestId} from "../types/Ids.sol";
import {Clause, Policy} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";

/// @title JobEvaluator
/// @notice An evaluator of ERC-8183: completes a job when its provider's receipt meets the terms that the client set.
/// @dev Holds nothing: an evaluator's fee, which the draft's reference implementation pays, goes to whoever brought the
/// receipt. Not a hook: job contracts are locked while they call one, so that it could not complete a job.
contract JobEvaluator is IJobEvaluator, ERC165 {
    using SafeERC20 for IERC20;
    using Words for uint256[];

    bytes32 private constant REQUEST_TAG = keccak256("vouch.erc8183.request.v1");

    IEvidenceRouter public immutable router;

    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;

    mapping(RequestId request => Terms terms) private _terms;
    mapping(RequestId request => address pointer) private _policies;

    constructor(IEvidenceRouter router_, IModelRegistry models, ICircuitRegistry circuits) {
        router = router_;
        _models = models;
        _circuits = circuits;
    }

    /// @inheritdoc IJobEvaluator
    function setTerms(IERC8183 jobs, uint256 jobId, Terms calldata terms, Policy calldata policy) external {
        IERC8183.Job memory job = jobs.getJob(jobId);
        require(msg.sender == job.client, JobNotByClient(msg.sender, job.client));
        require(job.evaluator == address(this), JobEvaluatorMismatch(job.evaluator));
        require(job.status == IERC8183.JobStatus.Open, JobStatusInvalid(job.status));
        RequestId request = requestOf(jobs, jobId);
        require(_policies[request] == address(0), TermsAlreadySet(jobs, jobId));
        require(terms.inputHash != 0, TermsInputEmpty());
        bool determinate = terms.outputHash == 0 || Determinism.isDeterministic(_models, _circuits, terms.release);
        require(determinate, TermsOutputIndeterminate(terms.release));
        router.requireSatisfiable(policy, terms.release);

        _terms[request] = terms;
        _policies[request] = PolicyStorage.write(policy);

        emit TermsSet(jobs, jobId, request, terms, policy.allOf, policy.minStake);
    }

    /// @inheritdoc IJobEvaluator
    function evaluate(IERC8183 jobs, uint256 jobId, Receipt calldata receipt, IERC20 feeToken) external {
        (bytes32 digest, bool completed) = _requireEvaluable(jobs, jobId, receipt);

        emit JobEvaluated(jobs, jobId, digest, completed, msg.sender);

        uint256 held = _balanceOf(feeToken);
        if (completed) jobs.complete(jobId, digest, "");
        else jobs.reject(jobId, digest, "");
        uint256 fee = _balanceOf(feeToken) - held;
        if (fee > 0) feeToken.safeTransfer(msg.sender, fee);
    }

    /// @inheritdoc IJobEvaluator
    function concede(IERC8183 jobs, uint256 jobId) external {
        address provider = jobs.getJob(jobId).provider;
        require(msg.sender == provider, JobNotByProvider(msg.sender, provider));

        emit JobConceded(jobs, jobId);

        jobs.reject(jobId, bytes32(0), "");
    }

    /// @inheritdoc IJobEvaluator
    function termsOf(
        IERC8183 jobs,
        uint256 jobId
    ) external view returns (Terms memory terms, Clause[] memory allOf, uint128 minStake) {
        RequestId request = requestOf(jobs, jobId);
        address pointer = _policies[request];
        require(pointer != address(0), TermsNotSet(jobs, jobId));
        Policy memory policy = PolicyStorage.read(pointer);
        return (_terms[request], policy.allOf, policy.minStake);
    }

    /// @inheritdoc IJobEvaluator
    function requestOf(IERC8183 jobs, uint256 jobId) public view returns (RequestId) {
        return RequestId.wrap(keccak256(abi.encode(REQUEST_TAG, block.chainid, address(this), address(jobs), jobId)));
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IJobEvaluator).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev The job's status is what makes an evaluation the only one: the draft has no way back from a terminal one.
    function _requireEvaluable(
        IERC8183 jobs,
        uint256 jobId,
        Receipt calldata receipt
    ) private view returns (bytes32 digest, bool completed) {
        RequestId request = requestOf(jobs, jobId);
        address pointer = _policies[request];
        require(pointer != address(0), TermsNotSet(jobs, jobId));
        Terms memory terms = _terms[request];
        IERC8183.Job memory job = jobs.getJob(jobId);
        require(job.status == IERC8183.JobStatus.Submitted, JobStatusInvalid(job.status));
        require(receipt.request == request, ReceiptNotOfJob(receipt.request, request));
        require(receipt.release == terms.release, ReceiptReleaseMismatch(receipt.release, terms.release));
        require(receipt.operator == job.provider, ReceiptOperatorMismatch(receipt.operator, job.provider));
        bytes32 inputHash = receipt.input.hash();
        require(inputHash == terms.inputHash, ReceiptInputMismatch(inputHash, terms.inputHash));
        router.requireReceipt(receipt, PolicyStorage.read(pointer));

        digest = router.digestOf(router.statementOf(receipt));
        completed = terms.outputHash == 0 || receipt.output.hash() == terms.outputHash;
    }

    function _balanceOf(IERC20 token) private view returns (uint256) {
        return address(token) == address(0) ? 0 : token.balanceOf(address(this));
    }
}

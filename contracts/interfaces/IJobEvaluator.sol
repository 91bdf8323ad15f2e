// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Clause, Policy} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";
import {IERC8183} from "./IERC8183.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";

/// @title IJobEvaluator
/// @notice An evaluator of ERC-8183: completes a job when its provider's receipt meets the terms that the client set.
/// @dev The receipt's request id is the job's, `requestOf(jobs, jobId)`, and its operator is the job's provider: a receipt
/// completes one job of one contract and pays who made it. The reason given is the statement's digest.
/// Warning: the draft gives no way to read what a provider submitted; the receipt's output is what is delivered, and it is
/// in the transaction that evaluates.
/// Warning: set terms before funding, and read them before working: a job without terms is never completed, and ends by
/// expiry or by `concede`. After the job has expired whoever is first decides, evaluation or refund.
/// Warning: this contract trusts a job contract with that contract's own jobs and nothing else. A hook can refuse a
/// completion, by the draft's design.
interface IJobEvaluator {
    /// @notice What a job asks for.
    /// @param release The model that is to be run.
    /// @param inputHash Hash of the input words.
    /// @param outputHash Hash of the output words that complete the job, where others reject it; zero where any completes.
    struct Terms {
        ReleaseId release;
        bytes32 inputHash;
        bytes32 outputHash;
    }

    event TermsSet(
        IERC8183 indexed jobs,
        uint256 indexed jobId,
        RequestId indexed request,
        Terms terms,
        Clause[] allOf,
        uint128 minStake
    );
    event JobEvaluated(
        IERC8183 indexed jobs,
        uint256 indexed jobId,
        bytes32 indexed digest,
        bool completed,
        address by
    );
    event JobConceded(IERC8183 indexed jobs, uint256 indexed jobId);

    /// @notice Only a job's client sets its terms.
    error JobNotByClient(address sender, address client);
    /// @notice Only a job's provider concedes it.
    error JobNotByProvider(address sender, address provider);
    /// @notice The job's evaluator is another.
    error JobEvaluatorMismatch(address evaluator);
    error JobStatusInvalid(IERC8183.JobStatus status);
    error TermsAlreadySet(IERC8183 jobs, uint256 jobId);
    error TermsNotSet(IERC8183 jobs, uint256 jobId);
    /// @notice No words have the hash zero.
    error TermsInputEmpty();
    /// @notice An output can be demanded only of a release that gives one output for an input: bit-exact, with public
    /// outputs. Of others, anyone who can prove could have a job rejected.
    error TermsOutputIndeterminate(ReleaseId release);
    /// @notice The receipt is of another request, release, input or operator than the job's.
    error ReceiptNotOfJob(RequestId request, RequestId expected);
    error ReceiptReleaseMismatch(ReleaseId release, ReleaseId expected);
    error ReceiptInputMismatch(bytes32 inputHash, bytes32 expected);
    error ReceiptOperatorMismatch(address operator, address provider);

    /// @notice Sets the terms of an open job, once.
    /// @param policy Evidence demanded, on top of the release's floor.
    function setTerms(IERC8183 jobs, uint256 jobId, Terms calldata terms, Policy calldata policy) external;

    /// @notice Completes or rejects a submitted job by the receipt of it; anyone may bring it.
    /// @param feeToken Token in which the job contract pays its evaluator, if it does: what comes in goes to the sender. Zero
    /// for none.
    function evaluate(IERC8183 jobs, uint256 jobId, Receipt calldata receipt, IERC20 feeToken) external;

    /// @notice Rejects a job that its provider gives up, so that the client need not wait for it to expire.
    function concede(IERC8183 jobs, uint256 jobId) external;

    /// @notice Returns the request id that the receipt of a job has.
    function requestOf(IERC8183 jobs, uint256 jobId) external view returns (RequestId);

    /// @notice Returns the terms of a job and the members of its policy; reverts where none were set.
    function termsOf(
        IERC8183 jobs,
        uint256 jobId
    ) external view returns (Terms memory terms, Clause[] memory allOf, uint128 minStake);

    /// @notice Returns the router that verifies.
    function router() external view returns (IEvidenceRouter);
}

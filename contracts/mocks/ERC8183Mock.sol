// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC8183} from "../interfaces/IERC8183.sol";

/// @title ERC8183Mock
/// @notice A job contract with the states, roles and fees of the draft's reference implementation; it is its own token.
/// @dev After a completion a job's hook is called with what it was told: how a test re-enters.
contract ERC8183Mock is IERC8183, ERC20("Job", "JOB") {
    uint256 private constant EVALUATOR_FEE_BPS = 100;

    mapping(uint256 jobId => Job job) private _jobs;
    mapping(address hook => bytes data) private _hookData;
    uint256 public jobCount;
    bool public hookSucceeded;

    error WrongStatus(JobStatus status);
    error Unauthorised(address sender);

    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) external returns (uint256 jobId) {
        jobId = ++jobCount;
        Job storage job = _jobs[jobId];
        (job.id, job.client, job.provider, job.evaluator) = (jobId, msg.sender, provider, evaluator);
        (job.expiredAt, job.description, job.hook) = (expiredAt, description, hook);
    }

    /// @notice Budget and escrow in one: mints what the client is taken to have paid.
    function fund(uint256 jobId, uint256 budget) external {
        Job storage job = _requireStatus(jobId, JobStatus.Open);
        require(msg.sender == job.client, Unauthorised(msg.sender));
        (job.budget, job.status) = (budget, JobStatus.Funded);
        _mint(address(this), budget);
    }

    function submit(uint256 jobId, bytes32, bytes calldata) external {
        Job storage job = _requireStatus(jobId, JobStatus.Funded);
        require(msg.sender == job.provider, Unauthorised(msg.sender));
        job.status = JobStatus.Submitted;
    }

    function setHookData(address hook, bytes calldata data) external {
        _hookData[hook] = data;
    }

    /// @inheritdoc IERC8183
    function complete(uint256 jobId, bytes32, bytes calldata) external {
        Job storage job = _requireStatus(jobId, JobStatus.Submitted);
        require(msg.sender == job.evaluator, Unauthorised(msg.sender));
        job.status = JobStatus.Completed;
        uint256 fee = (job.budget * EVALUATOR_FEE_BPS) / 10_000;
        _transfer(address(this), job.evaluator, fee);
        _transfer(address(this), job.provider, job.budget - fee);
        // Whether it succeeds is what a test looks at.
        // solhint-disable-next-line avoid-low-level-calls
        if (job.hook != address(0)) (hookSucceeded, ) = job.hook.call(_hookData[job.hook]);
    }

    /// @inheritdoc IERC8183
    function reject(uint256 jobId, bytes32, bytes calldata) external {
        Job storage job = _jobs[jobId];
        bool open = job.status == JobStatus.Open;
        require(open || job.status == JobStatus.Funded || job.status == JobStatus.Submitted, WrongStatus(job.status));
        require(msg.sender == (open ? job.client : job.evaluator), Unauthorised(msg.sender));
        job.status = JobStatus.Rejected;
        if (!open) _transfer(address(this), job.client, job.budget);
    }

    /// @inheritdoc IERC8183
    function getJob(uint256 jobId) external view returns (Job memory) {
        return _jobs[jobId];
    }

    function _requireStatus(uint256 jobId, JobStatus status) private view returns (Job storage job) {
        job = _jobs[jobId];
        require(job.status == status, WrongStatus(job.status));
    }
}

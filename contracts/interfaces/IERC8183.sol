// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

/// @title IERC8183
/// @notice Agentic commerce of ERC-8183 (draft), as far as an evaluator calls it.
/// @dev The draft names a job's data and no getter of it; `getJob` and its struct are those of the draft's reference
/// implementation, and so is `optParams` as a last argument that is always given.
interface IERC8183 {
    enum JobStatus {
        Open,
        Funded,
        Submitted,
        Completed,
        Rejected,
        Expired
    }

    struct Job {
        uint256 id;
        address client;
        address provider;
        address evaluator;
        string description;
        uint256 budget;
        uint256 expiredAt;
        JobStatus status;
        address hook;
    }

    /// @notice Pays the provider of a submitted job, by its evaluator.
    function complete(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Refunds the client of a funded or submitted job, by its evaluator.
    function reject(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Returns a job.
    function getJob(uint256 jobId) external view returns (Job memory);
}

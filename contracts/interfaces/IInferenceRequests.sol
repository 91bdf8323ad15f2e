// SPDX-License-Identifier: MIT
pragma solidity >=0.8.37;

import {Assurance} from "../types/Assurance.sol";
import {Evidence} from "../types/Evidence.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {RequestParams} from "../types/Request.sol";
import {ICircuitRegistry} from "./ICircuitRegistry.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IStakeVault} from "./IStakeVault.sol";

/// @title IInferenceRequests
/// @notice Escrow, locks, fulfilment and the delivery ledger.
/// @dev Requests are kept as hashes; whoever acts on one brings its parameters. Nothing that a requester's callback does
/// can undo or block a settlement, and money leaves only by `withdraw`.
interface IInferenceRequests {
    /// @notice Open → Locked → Fulfilled, or Open or Locked → Refunded. `Open` again after `unlock`.
    enum Status {
        None,
        Open,
        Locked,
        Fulfilled,
        Refunded
    }

    /// @notice Where the callback of a fulfilled request stands; `None` where no callback was asked for.
    enum Delivery {
        None,
        Pending,
        Delivered,
        Failed
    }

    /// @notice What is stored of a fulfilled request, once and for ever; `delivery` alone may still change.
    /// @param statement Struct hash of the statement: one slot that binds release, request, operator, input and output.
    struct Result {
        address operator;
        uint40 fulfilledAt;
        Delivery delivery;
        bytes32 statement;
        Assurance assurance;
    }

    event InferenceRequested(
        RequestId indexed id,
        ReleaseId indexed release,
        address indexed requester,
        RequestParams params
    );
    event RequestLocked(RequestId indexed id, address indexed operator, uint256 stake);
    event RequestUnlocked(RequestId indexed id, address indexed operator);
    event InferenceFulfilled(
        RequestId indexed id,
        ReleaseId indexed release,
        address indexed operator,
        uint256[] output,
        Evidence[] evidence,
        Assurance assurance,
        uint256 paid
    );
    /// @notice A callback ran (`delivered`) or reverted; a failed one can be redelivered by anyone.
    event CallbackAttempted(RequestId indexed id, bool delivered);
    event RequestRefunded(RequestId indexed id, address indexed requester, uint256 amount);
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    error RequestStatusInvalid(RequestId id, Status status);
    /// @notice The parameters brought are not those of the request.
    error RequestParamsMismatch(RequestId id);
    error RequestEscrowMismatch(uint256 sent, uint256 needed);
    error RequestDeadlineInvalid(uint256 lockDeadline, uint256 deadline);
    error RequestDeadlinePassed(RequestId id, uint256 deadline);
    error RequestNotExpired(RequestId id, uint256 deadline);
    error RequestStakeBelowPolicy(uint256 stake, uint256 minStake);
    error RequestNotByRequester(RequestId id, address sender);
    error RequestNotLockedBy(RequestId id, address sender);
    /// @notice The requester has no code and so cannot be called back.
    error CallbackTargetWithoutCode(address requester);
    error CallbackGasTooHigh(uint256 callbackGas, uint256 limit);
    error CallbackNotFailed(RequestId id, Delivery delivery);
    /// @notice Release, input and output brought are not those of the stored statement.
    error StatementMismatch(RequestId id);
    error CreditEmpty(address account);
    error WithdrawalFailed(address to);

    /// @notice Escrows the worst case of a request and returns its id.
    /// @dev Input words (count, range) and policy (every clause can be met here) are checked now, so that no operator
    /// locks what cannot be proven. A policy that is empty together with the release's floor is refused: nothing is paid
    /// without evidence.
    function request(RequestParams calldata params) external payable returns (RequestId);

    /// @notice Locks an open request for the sender with `params.stake` of its stake.
    /// @dev Warning: nothing slashes in this version, so a lock costs its holder no more than the exposure of its stake
    /// until the deadline. Ask for a stake and choose a near deadline.
    function lock(RequestId id, RequestParams calldata params) external;

    /// @notice Gives up the sender's lock, so that another operator may serve the request.
    function unlock(RequestId id) external;

    /// @notice Verifies evidence for the locking operator's statement, stores the assurance, pays the operator and calls
    /// the requester back.
    /// @dev Anyone may send it; the operator that locked is named in the statement and is the one that is paid: the fee
    /// less the publisher's royalty, and at the gas price of the transaction, up to the request's, the gas that was used
    /// (measured, with an allowance for calldata, up to `verificationGas`) and the callback's gas as it was bought. The rest
    /// goes back to the requester. The assurance's `stakeAtRisk` is what the lock exposed.
    /// Warning: a block's builder chooses its own gas price, so expect to pay for all the gas that was bought.
    function fulfil(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external;

    /// @notice Repeats a failed callback; anyone may.
    function redeliver(RequestId id, ReleaseId release, uint256[] calldata input, uint256[] calldata output) external;

    /// @notice Refunds an open request to its requester, who is the only one that may.
    function cancel(RequestId id, RequestParams calldata params) external;

    /// @notice Refunds a request that nobody locked or fulfilled in time, and frees the stake; anyone may.
    function expire(RequestId id, RequestParams calldata params) external;

    /// @notice Sends what the sender is owed to `to`.
    function withdraw(address payable to) external;

    /// @notice Returns the router whose domain statements are signed and proven under.
    function router() external view returns (IEvidenceRouter);

    /// @notice Returns the vault whose stake backs the locks.
    function vault() external view returns (IStakeVault);

    /// @notice Returns the registry of the releases that can be asked for.
    function models() external view returns (IModelRegistry);

    /// @notice Returns the registry of their circuits.
    function circuits() external view returns (ICircuitRegistry);

    /// @notice Returns the id of a requester's request by its nonce.
    function requestIdOf(address requester, uint256 nonce) external view returns (RequestId);

    /// @notice Returns the nonce of a requester's next request.
    function nonceOf(address requester) external view returns (uint256);

    function statusOf(RequestId id) external view returns (Status);

    /// @notice Returns who asked; zero for an unknown request.
    function requesterOf(RequestId id) external view returns (address);

    /// @notice Returns who holds the lock or fulfilled; zero otherwise.
    function operatorOf(RequestId id) external view returns (address);

    /// @notice Returns the result of a fulfilled request; reverts for any other.
    function resultOf(RequestId id) external view returns (Result memory);

    /// @notice Returns the assurance of a fulfilled request; reverts for any other.
    function assuranceOf(RequestId id) external view returns (Assurance memory);

    /// @notice Returns what an account may withdraw.
    function creditOf(address account) external view returns (uint256);
}

// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance} from "../types/Assurance.sol";
import {Finality} from "../types/Delivery.sol";
import {Evidence} from "../types/Evidence.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {RequestParams} from "../types/Request.sol";
import {ICircuitRegistry} from "./ICircuitRegistry.sol";
import {IEscrow} from "./IEscrow.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IStakeVault} from "./IStakeVault.sol";
import {ITallies} from "./ITallies.sol";

/// @title IInferenceRequests
/// @notice Escrow, locks, fulfilment and the delivery ledger.
/// @dev A request commits to its parameters by hash; who acts on it brings them again. There is no owner.
interface IInferenceRequests is IEscrow, ITallies {
    /// @dev Moved by one function; docs/protocol.md has the diagram. `Fulfilled`, `Overturned` and `Cancelled` are final;
    /// an `Expired` request was refunded and may still be answered for nothing.
    enum Status {
        None,
        Open,
        Locked,
        Provisional,
        Challenged,
        Fulfilled,
        Overturned,
        Cancelled,
        Expired
    }

    /// @notice Where the callback of the latest epoch stands; `None` where none was bought.
    enum DeliveryStatus {
        None,
        Pending,
        Delivered,
        Failed
    }

    /// @notice What is stored of an answered request. Once its finality is `Final`, `delivery` alone may still change.
    /// @param movedAt When the answer got its finality.
    /// @param statement Struct hash of the statement, which binds release, request, operator, input and output; while the
    /// answer is provisional or challenged, keccak256 of the hash of the parameters and of that struct hash.
    struct Result {
        address operator;
        Finality finality;
        uint40 movedAt;
        DeliveryStatus delivery;
        bytes32 statement;
        Assurance assurance;
    }

    /// @notice An answer to a locked request, as `fulfil` takes it.
    struct Fulfilment {
        RequestId id;
        RequestParams params;
        uint256[] output;
        Evidence[] evidence;
    }

    event InferenceRequested(
        RequestId indexed id,
        ReleaseId indexed release,
        address indexed requester,
        RequestParams params
    );
    event RequestLocked(RequestId indexed id, address indexed operator, uint256 fee);
    event RequestUnlocked(RequestId indexed id, address indexed operator);
    /// @notice An answer was accepted: final at once where `window` is 0, else open to challenge for so many seconds.
    event InferenceFulfilled(
        RequestId indexed id,
        ReleaseId indexed release,
        address indexed operator,
        uint256[] output,
        Evidence[] evidence,
        Assurance assurance,
        uint256 window
    );
    /// @notice A final answer was paid for; the surplus went back to the requester.
    event RequestSettled(RequestId indexed id, uint256 paid, uint256 royalty, uint256 surplus);
    /// @notice One of many answers was passed over: `fulfil` alone says why. Anyone can bring an answer to be refused.
    event FulfilmentRefused(RequestId indexed id);
    event AnswerContested(RequestId indexed id);
    /// @notice A provisional answer became final.
    event AnswerFinalized(RequestId indexed id);
    event AnswerOverturned(RequestId indexed id, address indexed operator);
    /// @notice A callback ran (`delivered`) or reverted; a failed one can be redelivered by anyone.
    event CallbackAttempted(RequestId indexed id, uint256 epoch, bool delivered);
    event RequestRefunded(RequestId indexed id, address indexed requester, uint256 amount);

    error RequestStatusInvalid(RequestId id, Status status);
    /// @notice The requester has used this nonce.
    error RequestNonceUsed(address requester, uint256 nonce);
    /// @notice The parameters brought are not those of the request.
    error RequestParamsMismatch(RequestId id);
    error RequestFeeInvalid(uint256 minFee, uint256 maxFee);
    error RequestDeadlineInvalid(uint256 lockDeadline, uint256 deadline);
    /// @notice The deadline is further away than stake can be held for.
    error RequestDeadlineTooFar(uint256 deadline, uint256 limit);
    error RequestDeadlinePassed(RequestId id, uint256 deadline);
    error RequestNotExpired(RequestId id, uint256 deadline);
    error RequestStakeBelowPolicy(uint256 stake, uint256 minStake);
    /// @notice A bond above the stake, or none where an answer may be challenged.
    error RequestBondInvalid(uint256 bond, uint256 stake);
    /// @notice The requester did not sign these parameters.
    error RequestSignatureInvalid(address requester);
    error RequestNotByRequester(RequestId id, address sender);
    error RequestNotLockedBy(RequestId id, address sender);
    /// @notice An answer that can be challenged is the operator's own: it sends it itself or signs it.
    error AnswerNotByOperator(RequestId id, address sender);
    /// @notice Nobody waits for a late answer: its evidence must be final at once.
    error AnswerNotFinal(RequestId id, uint256 window);
    error ChallengeWindowOpen(RequestId id, uint256 closesAt);
    error ChallengeWindowClosed(RequestId id, uint256 closedAt);
    error SenderNotDisputes(address sender);
    /// @notice The requester has no code and so cannot be called back.
    error CallbackTargetWithoutCode(address requester);
    error CallbackGasTooHigh(uint256 callbackGas, uint256 limit);
    error CallbackNotFailed(RequestId id, DeliveryStatus delivery);
    /// @notice Release, input and output brought are not those of the stored statement.
    error StatementMismatch(RequestId id);
    /// @notice The operator's stake must stay at risk until then.
    error StakeNotFree(RequestId id, uint256 freeAt);
    /// @notice The operator was not shown to have signed two answers, or a false one, for this request.
    error OperatorNotFaulty(RequestId id, address operator);
    /// @notice The stake behind this answer is not exposed any more.
    error StakeFreed(RequestId id, address operator);

    /* ASKING */

    /// @notice Escrows the worst case of a request, taken from the sender, and returns its id.
    /// @dev Input words (count, range) and policy (every clause can be met here) are checked now, so that no operator
    /// locks what cannot be proven. A policy that is empty together with the release's floor is refused: nothing is paid
    /// without evidence. For a token, the sender has approved this contract.
    function request(RequestParams calldata params) external payable returns (RequestId);

    /// @notice Escrows, from the sender, a request that `requester` signed: EIP-712 type `Request`, or ERC-1271.
    /// @dev Refunds and surplus go to the requester, whoever paid.
    function requestFor(
        address requester,
        RequestParams calldata params,
        bytes calldata signature
    ) external payable returns (RequestId);

    /// @notice Refunds an open request to its requester, who is the only one that may.
    function cancel(RequestId id, RequestParams calldata params) external;

    /// @notice Refunds a request that nobody locked or fulfilled in time; anyone may.
    /// @dev The operator that missed the deadline loses the bond: the requester is compensated out of it, the rest burns.
    function expire(RequestId id, RequestParams calldata params) external;

    /* SERVING */

    /// @notice Locks an open request for the sender, at the fee of this second, with `params.stake` of its stake at risk.
    function lock(RequestId id, RequestParams calldata params) external;

    /// @notice Gives up the sender's lock, so that another operator may serve the request. It costs a tenth of the bond, and
    /// all of it once no other may lock, paid like that of a missed deadline.
    function unlock(RequestId id, RequestParams calldata params) external;

    /// @notice Verifies evidence for the locking operator's statement, stores the assurance and calls the requester back;
    /// pays the operator, unless the policy leaves the answer open to challenge first.
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

    /// @notice As `fulfil` of each, but proofs of one circuit are verified together, and an answer that is refused is named by
    /// an event without losing the others. Callbacks run once all are settled.
    /// @dev Takes only answers that are final at once: one whose policy leaves it open to challenge is refused here. Each pays
    /// for an equal share of the gas of verification.
    /// Warning: who sends too little gas loses all of them, never one of them. The gas of refused answers is shared too, and a
    /// verifier that a publisher declared for a release without a circuit may spend all it gets: leave such releases out.
    /// @return settled Whether each was accepted and paid for.
    function fulfilMany(Fulfilment[] calldata fulfilments) external returns (bool[] memory settled);

    /// @notice Fulfils an expired request for nothing, until `LATE_PERIOD` after its deadline, with evidence that is final
    /// at once, for any operator.
    /// @dev The requester has its refund; who sends it pays the callback's gas. No stake was locked for it, so a policy that
    /// demands stake cannot be met.
    function fulfilLate(
        RequestId id,
        RequestParams calldata params,
        address operator,
        uint256[] calldata output,
        Evidence[] calldata evidence
    ) external;

    /// @notice Makes an answer final that nobody challenged in its window, and pays the operator; anyone may.
    function finalize(RequestId id, RequestParams calldata params, uint256[] calldata output) external;

    /// @notice Repeats the failed callback of a final or an overturned answer; anyone may.
    /// @dev A provisional delivery that fails is not repeated: the one that decides follows it.
    function redeliver(RequestId id, ReleaseId release, uint256[] calldata input, uint256[] calldata output) external;

    /// @notice Frees the stake of answers that are final for `LIABILITY_PERIOD`; anyone may.
    /// @dev Proven ones too: who made the set-up can forge a proof beside a signature that was demanded.
    function freeStake(RequestId[] calldata ids) external;

    /// @notice Slashes the stake of a final answer whose operator was shown faulty for this request by its bond's contract.
    /// @dev The requester is compensated first, then `challenger` rewarded; anyone may send it.
    function forfeit(RequestId id) external;

    /* DISPUTES */

    /// @notice Stops the clock of a provisional answer; only the disputes contract may, within the window.
    function contest(RequestId id) external;

    /// @notice Ends a contested answer; only the disputes contract may.
    /// @param upheld Whether the answer stands: then it is final and paid for; else it is overturned, the requester refunded
    /// and compensated, the stake slashed and `challenger` rewarded.
    /// @param challenger Who challenged it; zero where the answer fell and nothing was shown against the operator: then the
    /// requester is refunded, and the stake freed unless its bond's contract knows of a fault in this request.
    function resolve(
        RequestId id,
        RequestParams calldata params,
        uint256[] calldata output,
        bool upheld,
        address challenger
    ) external;

    /* VIEWS */

    /// @notice Returns the router whose domain statements are signed and proven under.
    function router() external view returns (IEvidenceRouter);

    /// @notice Returns the vault whose stake backs the locks.
    function vault() external view returns (IStakeVault);

    /// @notice Returns the registry of the releases that can be asked for.
    function models() external view returns (IModelRegistry);

    /// @notice Returns the registry of their circuits.
    function circuits() external view returns (ICircuitRegistry);

    /// @notice Returns the contract that decides challenges.
    function disputes() external view returns (address);

    /// @notice Returns the id of a requester's request by its nonce.
    function requestIdOf(address requester, uint256 nonce) external view returns (RequestId);

    function statusOf(RequestId id) external view returns (Status);

    /// @notice Returns how settled the answer to a request is.
    function finalityOf(RequestId id) external view returns (Finality);

    /// @notice Returns who asked; zero for an unknown request.
    function requesterOf(RequestId id) external view returns (address);

    /// @notice Returns who holds the lock or answered; zero otherwise.
    function operatorOf(RequestId id) external view returns (address);

    /// @notice Returns the second until which a provisional answer can be challenged; reverts for any other.
    function windowEndOf(RequestId id) external view returns (uint256);

    /// @notice Returns how many operators, out of how many, must agree to decide a challenge of a provisional answer; both 0
    /// where a proof decides it, or where there is no such answer.
    /// @dev Fixed when the answer was proposed.
    function judgeOf(RequestId id) external view returns (uint8 k, uint8 n);

    /// @notice Returns the result of an answered request; reverts for one without an answer.
    /// @dev Warning: look at its finality.
    function resultOf(RequestId id) external view returns (Result memory);

    /// @notice Returns the assurance of a final answer; reverts for any other.
    function assuranceOf(RequestId id) external view returns (Assurance memory);
}

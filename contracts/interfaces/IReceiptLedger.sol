// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Assurance} from "../types/Assurance.sol";
import {BatchId, Inclusion} from "../types/Batch.sol";
import {Policy} from "../types/Policy.sol";
import {Statement} from "../types/Statement.sol";
import {Terms} from "../types/Terms.sol";
import {ChannelId, Voucher} from "../types/Voucher.sol";
import {IEvidenceRouter} from "./IEvidenceRouter.sol";
import {IReceiptProver} from "./IReceiptProver.sol";

/// @title IReceiptLedger
/// @notice Settles receipts in batches: one stored root for up to 2^20 of them, paid one by one out of deposits that
/// requesters reserved for an operator, against vouchers that they signed.
/// @dev A receipt counts once its dispute period has passed in silence, or at once where it was proven on-chain. Nothing is paid
/// before, so nothing is ever clawed back. Items are independent: what becomes of one changes no other. Money leaves only
/// through the `withdraw` functions, each of which pays its caller's own. The figures are worked out in docs/ledger.md.
/// @dev Warning: a settled receipt was undisputed, which is not verified. See `isSettled` and `requireSettled`.
interface IReceiptLedger {
    /// @notice Undisputed → Disputed → Proven or Skipped; Undisputed → Proven or Skipped. The last two are final.
    enum Status {
        Undisputed,
        Disputed,
        Proven,
        Skipped
    }

    /// @notice Why an item is not paid.
    /// @dev `NotIncluded`: not at its index under a stored root of the voucher's operator. `NotFinal`: in dispute, or in its
    /// dispute period and not proven. `VoucherExpired`: the batch was posted after the voucher's deadline. `AmountTooHigh`:
    /// above what the voucher allows. `VoucherSpent`: paid before, frozen by an objection, or void.
    enum Refusal {
        None,
        NotIncluded,
        NotFinal,
        Skipped,
        ClaimPeriodOver,
        VoucherExpired,
        AmountTooHigh,
        SignatureInvalid,
        VoucherSpent,
        DepositInsufficient
    }

    /// @notice What a requester set aside for one operator in one token.
    /// @param deposit Of the requester: what vouchers can be paid from.
    /// @param earned Of the operator: what it was paid and has not withdrawn.
    /// @param announced What the requester said it would withdraw; still part of the deposit, and payable, until it does.
    /// @param withdrawableAt Second from which the announced amount can be withdrawn.
    struct Channel {
        uint128 deposit;
        uint128 earned;
        uint128 announced;
        uint40 withdrawableAt;
    }

    /// @param bond Wei that back the batch until `releaseBond`.
    /// @param marked Whether any item was disputed, proven or skipped.
    struct Batch {
        bytes32 root;
        uint32 count;
        uint40 postedAt;
        uint32 openDisputes;
        bool marked;
        uint128 bond;
    }

    event Deposited(address indexed requester, address indexed operator, address indexed token, uint256 amount);
    event WithdrawalAnnounced(
        address indexed requester,
        address indexed operator,
        address indexed token,
        uint256 amount,
        uint256 withdrawableAt
    );
    event DepositWithdrawn(
        address indexed requester,
        address indexed operator,
        address indexed token,
        address to,
        uint256 amount
    );
    event EarningsWithdrawn(address indexed operator, address indexed token, address to, uint256 amount);
    event BondFunded(address indexed account, uint256 amount);
    event BondWithdrawn(address indexed account, address to, uint256 amount);
    event BondReleased(BatchId indexed batch, address indexed poster, uint256 amount);
    event VoucherAccepted(bytes32 indexed digest, address indexed requester, address indexed operator);
    event VoucherObjected(ChannelId indexed channel, uint256 nonce, uint256 answerBy);
    event VoucherVoided(ChannelId indexed channel, uint256 nonce);
    event BatchPosted(BatchId indexed batch, address indexed poster, bytes32 root, uint256 count, uint256 bond);
    event ItemPaid(BatchId indexed batch, ChannelId indexed channel, uint256 index, uint256 nonce, uint256 amount);
    /// @notice An item of `claimMany` was not paid.
    event ItemRefused(BatchId indexed batch, uint256 indexed index, Refusal refusal);
    event ItemDisputed(BatchId indexed batch, uint256 indexed index, address indexed disputer, uint256 answerBy);
    event ItemProven(BatchId indexed batch, uint256 indexed index, Assurance assurance);
    event ItemSkipped(BatchId indexed batch, uint256 indexed index);
    event BondSlashed(BatchId indexed batch, address indexed rewarded, uint256 reward, uint256 burned);
    event EquivocationReported(BatchId indexed a, uint256 indexA, BatchId indexed b, uint256 indexB);

    error DepositAmountZero();
    /// @notice The value sent is not the amount, or a token channel was sent the chain's own currency.
    error DepositValueMismatch(uint256 sent, uint256 needed);
    /// @notice The token moved another amount than it was told to.
    error DepositReceivedMismatch(uint256 received, uint256 amount);
    error DepositInsufficient(ChannelId channel, uint256 deposit, uint256 amount);
    error WithdrawalNotAnnounced(ChannelId channel);
    error WithdrawalNotAvailable(ChannelId channel, uint256 withdrawableAt);
    error WithdrawalFailed(address to);
    error EarningsEmpty(address operator, address token);
    error BondInsufficient(address account, uint256 free, uint256 needed);
    error BondAmountZero();
    error BondNotReleasable(BatchId batch, uint256 releasableAfter, uint256 openDisputes);
    error BatchCountInvalid(uint256 count, uint256 limit);
    error BatchRootZero();
    /// @notice The item is not at its index under the stored root, the batch is unknown, or its poster is not the voucher's
    /// operator.
    error ItemNotIncluded(BatchId batch, uint256 index);
    error ItemIndexInvalid(BatchId batch, uint256 index, uint256 count);
    error ItemStatusInvalid(BatchId batch, uint256 index, Status status);
    error ItemNotPayable(BatchId batch, uint256 index, Refusal refusal);
    /// @notice Neither proven nor past its dispute period.
    error ItemNotFinal(BatchId batch, uint256 index);
    /// @notice The statement is not the item's.
    error ItemStatementMismatch(BatchId batch, uint256 index);
    error ClaimCountMismatch(uint256 inclusions, uint256 signatures);
    error DisputePeriodOver(BatchId batch, uint256 disputableUntil);
    error AnswerPeriodOver(BatchId batch, uint256 index, uint256 answerBy);
    error AnswerPeriodNotOver(uint256 answerBy);
    error VoucherSignatureInvalid(address requester, bytes32 digest);
    error VoucherSpent(ChannelId channel, uint256 nonce);
    error VoucherNotObjected(ChannelId channel, uint256 nonce);
    /// @notice The terms brought are not those that were signed.
    error VoucherTermsMismatch(bytes32 brought, bytes32 signed);
    error ProofNotByProver(address sender);
    /// @notice The evidence is weaker than the poster claimed; both packed.
    error AssuranceBelowClaim(bytes32 assurance, bytes32 claimed);
    /// @notice Nobody has proven this item on-chain; whatever assurance its leaf claims is the poster's word.
    error AssuranceNotVerified(BatchId batch, uint256 index);
    error EquivocationInvalid();
    /// @notice Neither is there bond left to slash nor an item left to skip.
    error EquivocationWithoutEffect(BatchId a, BatchId b);
    error DisputeBondZero();

    /// @notice Adds to the sender's deposit for `operator`.
    /// @dev A token that delivers another amount than it was told to is refused: a voucher names exact amounts.
    /// Warning: a channel is as sound as its token. Where one rebases downwards or is malicious, the last of its own holders
    /// go short; channels in other tokens and all bonds are untouched.
    /// @param token Zero for the chain's own currency, which is then sent along.
    function deposit(address operator, address token, uint128 amount) external payable;

    /// @notice Announces that the sender will withdraw `amount`; replaces an earlier announcement, and zero takes it back.
    /// @dev Vouchers are paid from the rest of the deposit first, but also from what is announced. The delay is longer than
    /// posting, dispute, answers and claim together, so every voucher that was served before can still be paid.
    /// Warning: an operator that takes vouchers against more than `spendableOf` may find nothing left.
    function announceWithdrawal(address operator, address token, uint128 amount) external;

    /// @notice Sends what the sender announced, as far as it is still there, to `to` once the delay has passed.
    function withdrawDeposit(address operator, address token, address to) external;

    /// @notice Sends what the sender earned from these requesters in one token to `to`.
    function withdrawEarnings(address token, address[] calldata requesters, address to) external;

    /// @notice Adds the value sent to the sender's free bond, from which batches and disputes are backed.
    function fundBond() external payable;

    /// @notice Sends `amount` of the sender's free bond to `to`.
    function withdrawBond(uint256 amount, address to) external;

    /// @notice Records a valid voucher, so that its signature can no longer be withdrawn; anyone may.
    /// @dev The key of an account signs for ever, but a contract (ERC-1271) may stop to recognise what it signed.
    /// Warning: an operator that serves a contract's voucher without this, or without trust in that contract, may go unpaid.
    function acceptVoucher(Voucher calldata voucher, bytes calldata signature) external;

    /// @notice Freezes one of the sender's vouchers until the operator claims a proven item with it; voids it if it never does.
    /// @dev For a requester that got no answer, or whose operator keeps the contents of its batches to itself so that no
    /// item can be disputed. Costs `disputeBond`, which goes to the operator that answers and back to the sender otherwise.
    /// Nothing is slashed: a voucher is no claim of the operator's.
    function objectVoucher(address operator, address token, uint256 nonce) external payable;

    /// @notice Ends an objection that was not answered in time: the voucher is void; anyone may.
    function voidVoucher(address requester, address operator, address token, uint256 nonce) external;

    /// @notice Stores the root of the sender's receipts and binds `bondFor(count)` of its bond to them.
    /// @dev Warning: whoever posts an item must be able to prove it: the voucher signed, before its deadline, under a policy
    /// that can be met here, and evidence as strong as claimed, at the time of a dispute and within the block's gas.
    /// Stake that backs a signature counts as it stands then.
    function post(bytes32 root, uint256 count) external payable returns (BatchId);

    /// @notice Returns a batch's bond to its poster once no dispute can open and none is open; anyone may.
    function releaseBond(BatchId id) external;

    /// @notice Pays one item to the operator's earnings; anyone may send it.
    /// @dev Possible when the item is proven or its dispute period has passed, until the end of the claim period. A
    /// voucher is paid once, whatever batches it is in. Reverts where the deposit is short; it can be repeated. The claim of
    /// a proven item answers an open objection to its voucher, and is then possible after the claim period too.
    /// @param signature The requester's, of 64 or 65 bytes, or whatever its contract takes; ignored where the voucher was
    /// accepted or the item proven.
    function claim(Inclusion calldata inclusion, bytes calldata signature) external;

    /// @notice Pays each item that `claim` would pay, and names each other in `ItemRefused`; returns how many were paid.
    /// @dev A requester's contract has at most `SIGNATURE_GAS` to check its signature, so that it cannot stop the rest.
    function claimMany(Inclusion[] calldata inclusions, bytes[] calldata signatures) external returns (uint256 paid);

    /// @notice Demands a proof of the item at `index` within the answer period; anyone may, within the dispute period.
    /// @dev By index alone, so that a poster that withholds its leaves can be disputed too. Costs `disputeBond`, taken from
    /// the value sent and the sender's free bond: it goes to the operator if the item is proven and back otherwise,
    /// with half of the penalty. Disputing oneself loses the other half, which burns.
    function dispute(BatchId id, uint32 index) external payable;

    /// @notice Records that an item was proven with `assurance`; only `prover` may, which is where items are proven.
    /// @dev Checks what the prover does not: that the item is in the batch, the voucher signed for it and in time, and the
    /// assurance as strong as claimed. Answers the item's dispute. Pays nothing: `claim` does.
    /// @param assurance `Assurances.pack` of what was verified.
    function recordProof(Inclusion calldata inclusion, bytes calldata signature, bytes32 assurance) external;

    /// @notice Skips an item whose dispute was not answered in time: it is never settled or paid; anyone may.
    /// @dev The disputer gets its bond back and half of the penalty out of the batch's bond; the other half burns.
    /// The requester keeps the payment.
    function skip(BatchId id, uint32 index) external;

    /// @notice Slashes an operator that posted two outputs for one request: same requester, release, request and input.
    /// @dev Takes the bonds of both batches but what their open disputes may need. Of each the sender gets half of one
    /// penalty at most, the rest burns. An item that is not yet settled is skipped; a settled one stays, as others may have built on it.
    /// Warning: an operator that answers a request twice by a model that is not deterministic equivocates. Keep a log
    /// by requester and request.
    function reportEquivocation(
        Inclusion calldata a,
        Terms calldata termsOfA,
        Inclusion calldata b,
        Terms calldata termsOfB
    ) external;

    /// @notice Returns whether a statement is in a batch of its operator and has been proven, or undisputed for the dispute
    /// period. Once true, it stays true.
    /// @dev Warning: `true` for an item that nobody proved says only that nobody disputed it. The evidence was not looked at, the
    /// claimed assurance is the poster's word, the requester's signature was not checked, and if the poster withheld the
    /// leaves nobody could know what to dispute. Where value depends on the answer, use `requireSettled`.
    function isSettled(
        Statement calldata statement,
        Inclusion calldata inclusion,
        Terms calldata terms
    ) external view returns (bool);

    /// @notice Reverts unless a statement was proven on-chain with evidence that meets `policy` and the release's floor;
    /// returns the assurance that was verified.
    /// @dev A merely claimed assurance never suffices: `AssuranceNotVerified`. Anyone that holds the receipt can prove it first (`prover`).
    /// Warning: the assurance is that of the time of the proof; keys and circuits may have been found wanting since.
    function requireSettled(
        Statement calldata statement,
        Inclusion calldata inclusion,
        Terms calldata terms,
        Policy calldata policy
    ) external view returns (Assurance memory);

    /// @notice Returns the assurance that was verified for an item; reverts with `AssuranceNotVerified` where none was.
    function assuranceOf(BatchId id, uint256 index) external view returns (Assurance memory);

    /// @notice Returns the router that receipts are proven to.
    function router() external view returns (IEvidenceRouter);

    /// @notice Returns where items are proven; it was made by the ledger and has no other use for it.
    function prover() external view returns (IReceiptProver);

    /// @notice Returns the wei that a dispute or an objection costs, and that an unanswered dispute costs the poster.
    function disputeBond() external view returns (uint256);

    /// @notice Returns the wei that back a batch of `count` receipts: `disputeBond · (1 + ⌊count / 2^14⌋)`.
    function bondFor(uint256 count) external view returns (uint256);

    function channelOf(address requester, address operator, address token) external view returns (Channel memory);

    /// @notice Returns the part of a deposit that is not announced for withdrawal: what an operator can count on.
    function spendableOf(address requester, address operator, address token) external view returns (uint256);

    /// @notice Returns the free bond of an account: neither behind a batch nor in a dispute.
    function bondOf(address account) external view returns (uint256);

    /// @notice Returns the wei that slashing has burned; they stay here for ever.
    function burned() external view returns (uint256);

    /// @notice Returns a batch; zeros where none was posted.
    function batchOf(BatchId id) external view returns (Batch memory);

    /// @notice Returns where an item stands; `Undisputed` for one that does not exist.
    function statusOf(BatchId id, uint256 index) external view returns (Status);

    /// @notice Returns which of the items `256 · word` to `256 · word + 255` are skipped, the first in the lowest bit.
    function skippedOf(BatchId id, uint256 word) external view returns (uint256);

    /// @notice Returns whether a voucher's nonce can no longer be paid, or not for now: paid, frozen or void.
    function isSpent(address requester, address operator, address token, uint256 nonce) external view returns (bool);

    /// @notice Returns until when an objection can be answered; zero where there is none.
    function objectionOf(ChannelId channel, uint256 nonce) external view returns (uint256 answerBy);

    /// @notice Returns whether a requester's contract recognises a signature (ERC-1271).
    function isContractSignature(
        address requester,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool);

    /// @notice Returns the EIP-712 digest of a voucher under this ledger's domain.
    function digestOf(Voucher calldata voucher) external view returns (bytes32);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IReceiptLedger} from "./interfaces/IReceiptLedger.sol";
import {IReceiptProver} from "./interfaces/IReceiptProver.sol";
import {Assurances} from "./libraries/Assurances.sol";
import {ReceiptTree} from "./libraries/ReceiptTree.sol";
import {ReceiptProver} from "./ReceiptProver.sol";
import {Assurance} from "./types/Assurance.sol";
import {BatchId, Inclusion, toBatchId} from "./types/Batch.sol";
import {Policy} from "./types/Policy.sol";
import {Statement} from "./types/Statement.sol";
import {Terms} from "./types/Terms.sol";
import {Voucher} from "./types/Voucher.sol";
import {VoucherChannels} from "./VoucherChannels.sol";

/// @title ReceiptLedger
/// @notice Settles receipts in batches: one stored root for up to 2^20 of them, paid one by one out of deposits.
/// @dev No owner. It calls out to the router that it was built with, to a requester's contract for its signature (static),
/// and to tokens and payees at the end of a deposit or withdrawal.
contract ReceiptLedger is IReceiptLedger, VoucherChannels, ERC165 {
    using BitMaps for BitMaps.BitMap;

    /// @param assurance `Assurances.pack` of what was verified.
    /// @dev `Skipped` is in the batch's bitmap, which alone says so.
    struct ItemState {
        address disputer;
        uint40 answerBy;
        Status status;
        bytes32 assurance;
    }

    /// @notice Time in which an item can be disputed: a weekend's outage is survived by whoever watches on one day of it.
    uint256 public constant DISPUTE_PERIOD = 2 days;
    /// @notice Time in which an item can be claimed after its last dispute can have been answered.
    uint256 public constant CLAIM_PERIOD = 2 days;
    /// @dev A batch's bond grows by one penalty for each of these.
    uint256 private constant ITEMS_PER_PENALTY = 1 << 14;

    /// @inheritdoc IReceiptLedger
    IEvidenceRouter public immutable router;
    /// @inheritdoc IReceiptLedger
    IReceiptProver public immutable prover;
    /// @inheritdoc IReceiptLedger
    uint256 public burned;

    mapping(address poster => uint96 count) private _batchCounts;
    mapping(BatchId id => Batch batch) private _batches;
    mapping(BatchId id => BitMaps.BitMap indices) private _skipped;
    mapping(BatchId id => mapping(uint256 index => ItemState item)) private _items;

    /// @param router_ Verifies the receipts that prove items.
    /// @param disputeBond_ Wei; at least the cost of a proof and its gas on this chain, as it pays for both.
    constructor(IEvidenceRouter router_, uint96 disputeBond_) VoucherChannels(disputeBond_) {
        router = router_;
        prover = new ReceiptProver(router_);
    }

    /* BATCHES */

    /// @inheritdoc IReceiptLedger
    function post(bytes32 root, uint256 count) external payable returns (BatchId id) {
        require(root != bytes32(0), BatchRootZero());
        require(count > 0 && count <= ReceiptTree.MAX_COUNT, BatchCountInvalid(count, ReceiptTree.MAX_COUNT));
        uint256 bond = bondFor(count);
        _take(bond);

        id = toBatchId(msg.sender, _batchCounts[msg.sender]++);
        // The count is at most 2^20, the bond 65 times 96 bits; time fits until the year 36,000.
        _batches[id] = Batch({
            root: root,
            count: uint32(count),
            postedAt: uint40(block.timestamp),
            openDisputes: 0,
            marked: false,
            bond: uint128(bond)
        });

        emit BatchPosted(id, msg.sender, root, count, bond);
    }

    /// @inheritdoc IReceiptLedger
    function releaseBond(BatchId id) external {
        Batch storage batch = _batches[id];
        uint256 amount = batch.bond;
        require(amount > 0, BondAmountZero());
        uint256 disputableUntil = batch.postedAt + DISPUTE_PERIOD;
        require(
            block.timestamp > disputableUntil && batch.openDisputes == 0,
            BondNotReleasable(id, disputableUntil, batch.openDisputes)
        );

        batch.bond = 0;
        _give(id.poster(), amount);

        emit BondReleased(id, id.poster(), amount);
    }

    /// @inheritdoc IReceiptLedger
    function claim(Inclusion calldata inclusion, bytes calldata signature) external {
        Refusal refusal = _tryClaim(inclusion, signature);
        require(refusal == Refusal.None, ItemNotPayable(inclusion.batch, inclusion.item.index, refusal));
    }

    /// @inheritdoc IReceiptLedger
    function claimMany(Inclusion[] calldata inclusions, bytes[] calldata signatures) external returns (uint256 paid) {
        require(inclusions.length == signatures.length, ClaimCountMismatch(inclusions.length, signatures.length));
        for (uint256 i = 0; i < inclusions.length; ++i) {
            Refusal refusal = _tryClaim(inclusions[i], signatures[i]);
            if (refusal == Refusal.None) ++paid;
            else emit ItemRefused(inclusions[i].batch, inclusions[i].item.index, refusal);
        }
    }

    /* DISPUTES */

    /// @inheritdoc IReceiptLedger
    function dispute(BatchId id, uint32 index) external payable {
        Batch storage batch = _batches[id];
        require(index < batch.count, ItemIndexInvalid(id, index, batch.count));
        uint256 disputableUntil = batch.postedAt + DISPUTE_PERIOD;
        require(block.timestamp <= disputableUntil, DisputePeriodOver(id, disputableUntil));
        _take(disputeBond);

        _move(id, index, Status.Undisputed, Status.Disputed);
        ++batch.openDisputes;
        ItemState storage item = _items[id][index];
        item.disputer = msg.sender;
        item.answerBy = uint40(block.timestamp + ANSWER_PERIOD);

        emit ItemDisputed(id, index, msg.sender, item.answerBy);
    }

    /// @inheritdoc IReceiptLedger
    function recordProof(Inclusion calldata inclusion, bytes calldata signature, bytes32 assurance) external {
        require(msg.sender == address(prover), ProofNotByProver(msg.sender));
        (Batch memory batch, bytes32 digest) = _requireIncluded(inclusion);
        bytes32 claimed = inclusion.item.claimed;
        require(Assurances.covers(assurance, claimed), AssuranceBelowClaim(assurance, claimed));
        Refusal refusal = _refusalOf(batch, inclusion, digest, signature);
        require(refusal == Refusal.None, ItemNotPayable(inclusion.batch, inclusion.item.index, refusal));

        _settle(inclusion.batch, inclusion.item.index, assurance);
    }

    /// @inheritdoc IReceiptLedger
    function skip(BatchId id, uint32 index) external {
        ItemState storage item = _items[id][index];
        (address disputer, uint256 answerBy) = (item.disputer, item.answerBy);
        _move(id, index, Status.Disputed, Status.Skipped);
        require(block.timestamp > answerBy, AnswerPeriodNotOver(answerBy));

        Batch storage batch = _batches[id];
        --batch.openDisputes;
        _give(disputer, disputeBond);
        _slash(id, disputer, batch.bond < disputeBond ? batch.bond : disputeBond);
    }

    /// @inheritdoc IReceiptLedger
    function reportEquivocation(
        Inclusion calldata a,
        Terms calldata termsOfA,
        Inclusion calldata b,
        Terms calldata termsOfB
    ) external {
        Statement memory ofA = _statementOf(a, termsOfA);
        Statement memory ofB = _statementOf(b, termsOfB);
        bool differ = ofA.outputHash != ofB.outputHash;
        ofB.outputHash = ofA.outputHash;
        bool same = ofA.hash() == ofB.hash() && a.item.voucher.requester == b.item.voucher.requester;
        require(same && differ, EquivocationInvalid());

        emit EquivocationReported(a.batch, a.item.index, b.batch, b.item.index);

        bool effectOnA = _punish(a);
        bool effectOnB = _punish(b);
        require(effectOnA || effectOnB, EquivocationWithoutEffect(a.batch, b.batch));
    }

    /* VIEWS */

    /// @inheritdoc IReceiptLedger
    function requireSettled(
        Statement calldata statement,
        Inclusion calldata inclusion,
        Terms calldata terms,
        Policy calldata policy
    ) external view returns (Assurance memory assurance) {
        (BatchId id, uint256 index) = (inclusion.batch, inclusion.item.index);
        require(_statementOf(inclusion, terms).hash() == statement.hash(), ItemStatementMismatch(id, index));
        require(_isFinal(id, index), ItemNotFinal(id, index));
        assurance = assuranceOf(id, index);
        router.requireAssurance({policy: policy, assurance: assurance, release: statement.release});
    }

    /// @inheritdoc IReceiptLedger
    function isSettled(
        Statement calldata statement,
        Inclusion calldata inclusion,
        Terms calldata terms
    ) external view returns (bool) {
        (bool included, , ) = _locate(inclusion);
        return
            included &&
            terms.hash() == inclusion.item.voucher.terms &&
            _toStatement(inclusion, terms).hash() == statement.hash() &&
            _isFinal(inclusion.batch, inclusion.item.index);
    }

    /// @inheritdoc IReceiptLedger
    function batchOf(BatchId id) external view returns (Batch memory) {
        return _batchOf(id);
    }

    /// @inheritdoc IReceiptLedger
    function skippedOf(BatchId id, uint256 word) external view returns (uint256) {
        return _skipped[id]._data[word];
    }

    /// @inheritdoc IReceiptLedger
    function assuranceOf(BatchId id, uint256 index) public view returns (Assurance memory) {
        require(statusOf(id, index) == Status.Proven, AssuranceNotVerified(id, index));
        return Assurances.unpack(_items[id][index].assurance);
    }

    /// @inheritdoc IReceiptLedger
    function statusOf(BatchId id, uint256 index) public view returns (Status) {
        return _skipped[id].get(index) ? Status.Skipped : _items[id][index].status;
    }

    /// @inheritdoc IReceiptLedger
    function bondFor(uint256 count) public view returns (uint256) {
        return disputeBond * (1 + count / ITEMS_PER_PENALTY);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IReceiptLedger).interfaceId || super.supportsInterface(interfaceId);
    }

    /* INTERNALS */

    /// @dev The one place where an item changes its state.
    function _move(BatchId id, uint256 index, Status from, Status to) private {
        Status status = statusOf(id, index);
        require(status == from, ItemStatusInvalid(id, index, status));
        _batches[id].marked = true;
        if (to == Status.Skipped) {
            delete _items[id][index];
            _skipped[id].set(index);
            emit ItemSkipped(id, index);
        } else {
            _items[id][index].status = to;
        }
    }

    /// @dev Pays an item or says why not, having changed nothing.
    function _tryClaim(Inclusion calldata inclusion, bytes calldata signature) private returns (Refusal refusal) {
        (BatchId id, uint256 index) = (inclusion.batch, inclusion.item.index);
        (bool included, Batch memory batch, bytes32 digest) = _locate(inclusion);
        if (!included) return Refusal.NotIncluded;

        Status status = batch.marked ? statusOf(id, index) : Status.Undisputed;
        bool silent = block.timestamp > batch.postedAt + DISPUTE_PERIOD;
        if (status == Status.Skipped) return Refusal.Skipped;
        if (status == Status.Disputed || (status == Status.Undisputed && !silent)) return Refusal.NotFinal;
        // What is proven was checked then, and stays so whatever a requester's contract says later.
        if (status == Status.Undisputed) refusal = _refusalOf(batch, inclusion, digest, signature);
        if (refusal != Refusal.None) return refusal;

        bool late = block.timestamp > batch.postedAt + DISPUTE_PERIOD + ANSWER_PERIOD + CLAIM_PERIOD;
        return _pay(inclusion, late, status == Status.Proven);
    }

    function _settle(BatchId id, uint256 index, bytes32 assurance) private {
        Status status = statusOf(id, index);
        if (status == Status.Disputed) _answer(id, index);
        _move(id, index, status == Status.Disputed ? status : Status.Undisputed, Status.Proven);
        _items[id][index].assurance = assurance;

        emit ItemProven(id, index, Assurances.unpack(assurance));
    }

    /// @dev The disputer's bond pays for the proof.
    function _answer(BatchId id, uint256 index) private {
        ItemState storage item = _items[id][index];
        require(block.timestamp <= item.answerBy, AnswerPeriodOver(id, index, item.answerBy));

        (item.disputer, item.answerBy) = (address(0), 0);
        --_batches[id].openDisputes;
        _give(id.poster(), disputeBond);
    }

    function _punish(Inclusion calldata inclusion) private returns (bool effect) {
        (BatchId id, uint256 index) = (inclusion.batch, inclusion.item.index);
        if (statusOf(id, index) == Status.Undisputed && !_isFinal(id, index)) {
            _move(id, index, Status.Undisputed, Status.Skipped);
            effect = true;
        }
        Batch storage batch = _batches[id];
        uint256 kept = batch.openDisputes * disputeBond;
        if (batch.bond > kept) {
            _slash(id, msg.sender, batch.bond - kept);
            effect = true;
        }
    }

    /// @dev Half of one penalty at most rewards; rounding favours the burn.
    function _slash(BatchId id, address rewarded, uint256 amount) private {
        uint256 reward = (amount < disputeBond ? amount : disputeBond) / 2;
        // Never more than the batch's bond, of 128 bits.
        _batches[id].bond -= uint128(amount);
        burned += amount - reward;
        _give(rewarded, reward);

        emit BondSlashed(id, rewarded, reward, amount - reward);
    }

    function _isFinal(BatchId id, uint256 index) private view returns (bool) {
        Status status = statusOf(id, index);
        bool silent = block.timestamp > _batches[id].postedAt + DISPUTE_PERIOD;
        return status == Status.Proven || (status == Status.Undisputed && silent);
    }

    /// @dev The statement names the voucher's operator: nobody else can post it.
    function _locate(
        Inclusion calldata inclusion
    ) private view returns (bool included, Batch memory batch, bytes32 digest) {
        batch = _batchOf(inclusion.batch);
        digest = digestOf(inclusion.item.voucher);
        included =
            inclusion.item.voucher.operator == inclusion.batch.poster() &&
            ReceiptTree.isIncluded({
                root: batch.root,
                count: batch.count,
                index: inclusion.item.index,
                leaf: ReceiptTree.leafOf(inclusion.item, digest),
                proof: inclusion.proof
            });
    }

    function _requireIncluded(Inclusion calldata inclusion) private view returns (Batch memory batch, bytes32 digest) {
        bool included;
        (included, batch, digest) = _locate(inclusion);
        require(included, ItemNotIncluded(inclusion.batch, inclusion.item.index));
    }

    function _batchOf(BatchId id) private view returns (Batch memory) {
        return _batches[id];
    }

    /// @dev Whether the requester authorised what is asked.
    function _refusalOf(
        Batch memory batch,
        Inclusion calldata inclusion,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (Refusal) {
        Voucher calldata voucher = inclusion.item.voucher;
        if (batch.postedAt > voucher.deadline) return Refusal.VoucherExpired;
        if (inclusion.item.amount > voucher.amount) return Refusal.AmountTooHigh;
        return _isSigned(voucher.requester, digest, signature) ? Refusal.None : Refusal.SignatureInvalid;
    }

    /// @dev Of an item that is included under a stored root, and of the terms that were signed.
    function _statementOf(Inclusion calldata inclusion, Terms calldata terms) private view returns (Statement memory) {
        Voucher calldata voucher = inclusion.item.voucher;
        _requireIncluded(inclusion);
        require(terms.hash() == voucher.terms, VoucherTermsMismatch(terms.hash(), voucher.terms));
        return _toStatement(inclusion, terms);
    }

    function _toStatement(Inclusion calldata inclusion, Terms calldata terms) private pure returns (Statement memory) {
        return
            Statement({
                release: terms.release,
                request: terms.request,
                operator: inclusion.item.voucher.operator,
                inputHash: terms.inputHash,
                outputHash: inclusion.item.outputHash
            });
    }
}

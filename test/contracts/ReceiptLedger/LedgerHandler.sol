// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {SignatureEvidence} from "../../../contracts/evidence/SignatureEvidence.sol";
import {IReceiptLedger} from "../../../contracts/interfaces/IReceiptLedger.sol";
import {Policies} from "../../../contracts/libraries/Policies.sol";
import {TokenPlain} from "../../../contracts/mocks/TokenPlain.sol";
import {BatchId, BatchItem, Inclusion} from "../../../contracts/types/Batch.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Policy} from "../../../contracts/types/Policy.sol";
import {Receipt} from "../../../contracts/types/Receipt.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {Statement} from "../../../contracts/types/Statement.sol";
import {Terms} from "../../../contracts/types/Terms.sol";
import {ChannelId, Voucher, toChannelId} from "../../../contracts/types/Voucher.sol";
import {vm} from "../Vm.sol";

/// @dev Drives every entry point at random as eleven parties, honest and not, and keeps its own books beside the ledger's.
contract LedgerHandler {
    struct Item {
        BatchId batch;
        BatchItem leaf;
        bytes32[] proof;
        Terms terms;
        uint256 output;
        bool settled;
        bool paid;
    }

    struct Objected {
        ChannelId channel;
        uint256 nonce;
    }

    uint256 public constant REQUESTERS = 6;
    uint256 public constant OPERATORS = 3;
    uint256 public constant PARTIES = 11;
    uint256 private constant ITEMS = 3;
    uint256 private constant MAX_ITEMS = 36;

    IReceiptLedger private immutable _ledger;
    IEvidenceRouter private immutable _router;
    ReleaseId private immutable _release;

    TokenPlain public immutable token;
    address[] public parties;
    uint256 public actions;
    uint256 public paidCount;
    uint256 public provenCount;
    uint256 public skippedCount;
    bool public paidTwice;
    bool public paidWithoutSignature;
    bool public interfered;

    Item[] private _items;
    Objected[] private _objected;
    mapping(ChannelId channel => mapping(uint256 nonce => bool paid)) private _paid;
    uint256 private _now = 1_000_000;

    constructor(
        IReceiptLedger ledger,
        ModelRegistry models,
        StakeVault vault,
        SignatureEvidence signatures,
        IEvidenceRouter router
    ) {
        (_ledger, _router) = (ledger, router);
        token = new TokenPlain();
        for (uint256 i = 0; i < PARTIES; ++i) {
            address party = vm.addr(_keyOf(i));
            parties.push(party);
            vm.prank(party);
            token.approve(address(ledger), type(uint256).max);
        }
        Release memory release;
        release.publisher = address(this);
        release.model = "signed";
        _release = models.publish(release, "");
        for (uint256 i = 0; i < OPERATORS; ++i) {
            vm.deal(parties[i], 1 ether);
            vm.prank(parties[i]);
            vault.stake{value: 1 ether}();
            vm.prank(parties[i]);
            vault.authorise(address(signatures), true);
            vm.prank(parties[i]);
            signatures.post(1 ether);
        }
        vm.warp(_now);
    }

    /// @dev Of one item; whatever changes about another is interference.
    modifier touching(Item storage item) {
        ++actions;
        vm.warp(_now);
        bytes32 before = _othersThan(item);
        _;
        if (_othersThan(item) != before) interfered = true;
    }

    /// @dev The runner keeps the time of a call that it reverts.
    modifier timed() {
        ++actions;
        vm.warp(_now);
        _;
    }

    function deposit(uint256 requester, uint256 operator, bool native, uint96 amount) external timed {
        address payer = _requester(requester);
        vm.deal(payer, payer.balance + amount);
        token.mint(payer, amount);
        vm.prank(payer);
        _ledger.deposit{value: native ? amount : 0}(_operator(operator), _token(native), amount);
    }

    function announce(uint256 requester, uint256 operator, bool native, uint96 amount) external timed {
        vm.prank(_requester(requester));
        _ledger.announceWithdrawal(_operator(operator), _token(native), amount);
    }

    function withdrawDeposit(uint256 requester, uint256 operator, bool native) external timed {
        // The next channel of the operator whose withdrawal was announced, if one was.
        for (uint256 i = 0; i < REQUESTERS; ++i) {
            uint256 next = addmod(requester, i, REQUESTERS);
            if (_ledger.channelOf(_requester(next), _operator(operator), _token(native)).announced == 0) continue;
            requester = next;
            break;
        }
        if (operator % 8 == 7) _waitUntil(_now + 8 days);
        vm.prank(_requester(requester));
        _ledger.withdrawDeposit(_operator(operator), _token(native), address(0xBEEF));
    }

    function withdrawEarnings(uint256 operator, uint256 requester, bool native) external timed {
        address[] memory from = new address[](2);
        (from[0], from[1]) = (_requester(requester), _requester(requester + 1));
        vm.prank(_operator(operator));
        _ledger.withdrawEarnings(_token(native), from, address(0xBEEF));
    }

    function withdrawBond(uint256 party, uint96 amount) external timed {
        address owner = parties[party % PARTIES];
        amount = uint96(amount % (uint256(_ledger.bondOf(owner)) + 2));
        vm.prank(owner);
        _ledger.withdrawBond(amount, address(0xBEEF));
    }

    /// @dev Nonces, requests and outputs are few, so vouchers repeat, nonces collide and operators equivocate.
    function post(uint256 operator, uint256 seed) external timed {
        require(_items.length < MAX_ITEMS, "enough");
        address poster = _operator(operator);
        bytes32[] memory leaves = new bytes32[](4);
        uint256 first = _items.length;
        for (uint256 i = 0; i < ITEMS; ++i) {
            Item storage item = _items.push();
            _fill(item, poster, uint256(keccak256(abi.encode(seed, i))), i);
            leaves[i] = _leafOf(item.leaf);
        }
        bytes32 left = keccak256(abi.encode(leaves[0], leaves[1]));
        bytes32 right = keccak256(abi.encode(leaves[2], leaves[3]));
        uint256 bond = _ledger.bondFor(ITEMS);
        vm.deal(poster, poster.balance + bond);
        vm.prank(poster);
        BatchId id = _ledger.post{value: bond}(keccak256(abi.encode(left, right)), ITEMS);
        for (uint256 i = 0; i < ITEMS; ++i) {
            Item storage item = _items[first + i];
            item.batch = id;
            item.proof.push(leaves[i ^ 1]);
            item.proof.push(i < 2 ? right : left);
        }
    }

    function releaseBond(uint256 which) external timed {
        BatchId id = _pick(which).batch;
        if (which % 4 == 0) _waitUntil(_ledger.batchOf(id).postedAt + 2 days + 1);
        _ledger.releaseBond(id);
    }

    /// @dev At the first moment at which an undisputed item can be.
    function claimInTime(uint256 which, bool forged) external {
        uint256 from = _ledger.batchOf(_pick(which, IReceiptLedger.Status.Proven).batch).postedAt + 2 days + 1;
        _waitUntil(from);
        claim(which, forged);
    }

    /// @dev With the requester's signature or a stranger's.
    function claim(uint256 which, bool forged) public touching(_pick(which, IReceiptLedger.Status.Proven)) {
        Item storage item = _pick(which, IReceiptLedger.Status.Proven);
        bytes memory signature = _signatureOf(item, forged);
        bool proven = _statusOf(item) == IReceiptLedger.Status.Proven;
        _ledger.claim(_inclusionOf(item), signature);
        _noteOf(item, forged && !proven);
    }

    /// @dev A good item beside a bad one.
    function claimMany(uint256 which, bool forged) external touching(_pick(which, IReceiptLedger.Status.Proven)) {
        Item storage item = _pick(which, IReceiptLedger.Status.Proven);
        (Inclusion[] memory inclusions, bytes[] memory signatures) = (new Inclusion[](2), new bytes[](2));
        inclusions[0] = _inclusionOf(item);
        inclusions[0].proof = new bytes32[](1);
        inclusions[1] = _inclusionOf(item);
        (signatures[0], signatures[1]) = (_signatureOf(item, false), _signatureOf(item, forged));
        bool proven = _statusOf(item) == IReceiptLedger.Status.Proven;
        if (_ledger.claimMany(inclusions, signatures) > 0) _noteOf(item, forged && !proven);
    }

    function dispute(uint256 which, uint256 party) external touching(_pick(which, IReceiptLedger.Status.Undisputed)) {
        Item storage item = _pick(which, IReceiptLedger.Status.Undisputed);
        address disputer = parties[party % PARTIES];
        uint256 bond = _ledger.disputeBond();
        vm.deal(disputer, disputer.balance + bond);
        vm.prank(disputer);
        _ledger.dispute{value: bond}(item.batch, item.leaf.index);
    }

    function prove(
        uint256 which,
        bool forged,
        uint8 otherOutput
    ) external touching(_pick(which, IReceiptLedger.Status.Disputed)) {
        Item storage item = _pick(which, IReceiptLedger.Status.Disputed);
        bytes memory signature = _signatureOf(item, forged);
        Receipt memory receipt = _receiptOf(item, item.output + (otherOutput % 4 == 0 ? 1 : 0));
        _ledger.prover().prove(_inclusionOf(item), signature, _policy(), receipt);
        ++provenCount;
        if (forged || otherOutput % 4 == 0) paidWithoutSignature = true;
    }

    function skip(uint256 which) external touching(_pick(which, IReceiptLedger.Status.Disputed)) {
        Item storage item = _pick(which, IReceiptLedger.Status.Disputed);
        if (which % 2 == 0) _waitUntil(_now + 1 days + 1);
        _ledger.skip(item.batch, item.leaf.index);
        ++skippedCount;
    }

    function reportEquivocation(uint256 a, uint256 b) external timed {
        (Item storage one, Item storage other) = (_pick(a), _pick(b));
        // The next that contradicts the first, if one does.
        for (uint256 i = 0; i < _items.length && !_contradicts(one, other); ++i) other = _pick(addmod(b, i, 1 << 128));
        Inclusion memory first = _inclusionOf(one);
        Inclusion memory second = _inclusionOf(other);
        vm.prank(parties[PARTIES - 1]);
        _ledger.reportEquivocation(first, one.terms, second, other.terms);
    }

    function objectVoucher(uint256 which) external timed {
        Voucher storage voucher = _pick(which).leaf.voucher;
        address requester = voucher.requester;
        uint256 bond = _ledger.disputeBond();
        vm.deal(requester, requester.balance + bond);
        vm.prank(requester);
        _ledger.objectVoucher{value: bond}(voucher.operator, voucher.token, voucher.nonce);
        _objected.push(Objected(toChannelId(requester, voucher.operator, voucher.token), voucher.nonce));
    }

    function voidVoucher(uint256 which) external timed {
        Voucher storage voucher = _pick(which).leaf.voucher;
        if (which % 4 == 0) _waitUntil(_now + 1 days + 1);
        _ledger.voidVoucher(voucher.requester, voucher.operator, voucher.token, voucher.nonce);
    }

    /// @dev Up to two days at once; what is settled then must stay so.
    function pass(uint32 time) external {
        _waitUntil(_now + (time % 2 days));
        for (uint256 i = 0; i < _items.length; ++i) {
            if (isSettled(i)) _items[i].settled = true;
        }
    }

    function itemCount() external view returns (uint256) {
        return _items.length;
    }

    function batchAt(uint256 index) external view returns (BatchId) {
        return _items[index].batch;
    }

    function wasSettled(uint256 index) external view returns (bool) {
        return _items[index].settled;
    }

    function wasPaid(uint256 index) external view returns (bool) {
        return _items[index].paid;
    }

    function isSkipped(uint256 index) external view returns (bool) {
        return _statusOf(_items[index]) == IReceiptLedger.Status.Skipped;
    }

    /// @dev Bonds of open objections, each of one voucher.
    function objectionBonds() external view returns (uint256 bonds) {
        for (uint256 i = 0; i < _objected.length; ++i) {
            if (_ledger.objectionOf(_objected[i].channel, _objected[i].nonce) > 0) bonds += _ledger.disputeBond();
        }
    }

    function isSettled(uint256 index) public view returns (bool) {
        Item storage item = _items[index];
        return _ledger.isSettled(_statementOf(item), _inclusionOf(item), item.terms);
    }

    function _noteOf(Item storage item, bool unauthorised) private {
        Voucher storage voucher = item.leaf.voucher;
        ChannelId channel = toChannelId(voucher.requester, voucher.operator, voucher.token);
        if (_paid[channel][voucher.nonce]) paidTwice = true;
        if (unauthorised) paidWithoutSignature = true;
        _paid[channel][voucher.nonce] = true;
        item.paid = true;
        ++paidCount;
    }

    function _fill(Item storage item, address poster, uint256 random, uint256 index) private {
        item.terms = Terms({
            release: _release,
            request: RequestId.wrap(bytes32(random % 3)),
            inputHash: keccak256(""),
            policy: _policy().hash()
        });
        item.output = (random >> 8) % 2;
        uint256 nonce = (random >> 16) % 8;
        item.leaf.index = uint32(index);
        item.leaf.outputHash = keccak256(abi.encode(item.output));
        // Now and then more than was signed, and more than there is.
        item.leaf.amount = uint128((random >> 24) % 1.1 ether);
        item.leaf.claimed = bytes32(0);
        item.leaf.voucher = Voucher({
            requester: _requester(random >> 32),
            operator: poster,
            token: _token(nonce % 2 == 0),
            amount: 1 ether,
            nonce: nonce,
            deadline: uint40(_now + ((random >> 40) % 8 == 0 ? 0 : 1 days)),
            terms: item.terms.hash()
        });
    }

    function _othersThan(Item storage touched) private view returns (bytes32 statuses) {
        for (uint256 i = 0; i < _items.length; ++i) {
            Item storage item = _items[i];
            bool same =
                BatchId.unwrap(item.batch) == BatchId.unwrap(touched.batch) && item.leaf.index == touched.leaf.index;
            if (!same) statuses = keccak256(abi.encode(statuses, _statusOf(item)));
        }
    }

    function _signatureOf(Item storage item, bool forged) private view returns (bytes memory) {
        // The last party is neither requester nor operator.
        uint256 signer = PARTIES - 1;
        for (uint256 i = 0; i < REQUESTERS && !forged; ++i) {
            if (_requester(i) == item.leaf.voucher.requester) signer = OPERATORS + i;
        }
        return _sign(signer, _ledger.digestOf(item.leaf.voucher));
    }

    function _receiptOf(Item storage item, uint256 output) private view returns (Receipt memory receipt) {
        (receipt.release, receipt.request) = (_release, item.terms.request);
        receipt.operator = item.leaf.voucher.operator;
        receipt.output = new uint256[](1);
        receipt.output[0] = output;
        uint256 signer =
            receipt.operator == parties[0]
                ? 0
                : receipt.operator == parties[1]
                    ? 1
                    : 2;
        bytes32 digest = _router.digestOf(_router.statementOf(receipt));
        receipt.evidence = new Evidence[](1);
        receipt.evidence[0] = Evidence({kind: EvidenceKind.Signature, data: _sign(signer, digest)});
    }

    function _inclusionOf(Item storage item) private view returns (Inclusion memory) {
        return Inclusion({batch: item.batch, item: item.leaf, proof: item.proof});
    }

    function _statementOf(Item storage item) private view returns (Statement memory) {
        return
            Statement({
                release: item.terms.release,
                request: item.terms.request,
                operator: item.leaf.voucher.operator,
                inputHash: item.terms.inputHash,
                outputHash: item.leaf.outputHash
            });
    }

    function _leafOf(BatchItem memory leaf) private view returns (bytes32) {
        bytes32 tag = keccak256("vouch.receipt.leaf.v1");
        bytes32 digest = _ledger.digestOf(leaf.voucher);
        bytes memory inner = abi.encode(tag, digest, leaf.index, leaf.outputHash, leaf.amount, leaf.claimed);
        return keccak256(abi.encode(keccak256(inner)));
    }

    function _statusOf(Item storage item) private view returns (IReceiptLedger.Status) {
        return _ledger.statusOf(item.batch, item.leaf.index);
    }

    function _pick(uint256 which) private view returns (Item storage) {
        return _items[which % _items.length];
    }

    /// @dev Mostly one of that status, if there is one.
    function _pick(uint256 which, IReceiptLedger.Status wanted) private view returns (Item storage) {
        uint256 count = _items.length;
        for (uint256 i = 0; i < count && (which >> 8) % 2 != 0; ++i) {
            Item storage item = _items[addmod(which, i, count)];
            if (_statusOf(item) == wanted) return item;
        }
        return _pick(which);
    }

    /// @dev Another output for one request of one requester by one operator.
    function _contradicts(Item storage one, Item storage other) private view returns (bool) {
        return
            one.leaf.voucher.operator == other.leaf.voucher.operator &&
            one.leaf.voucher.requester == other.leaf.voucher.requester &&
            RequestId.unwrap(one.terms.request) == RequestId.unwrap(other.terms.request) &&
            one.output != other.output;
    }

    function _waitUntil(uint256 time) private {
        if (time > _now) _now = time;
        vm.warp(_now);
    }

    function _operator(uint256 which) private view returns (address) {
        return parties[which % OPERATORS];
    }

    function _requester(uint256 which) private view returns (address) {
        return parties[OPERATORS + (which % REQUESTERS)];
    }

    function _token(bool native) private view returns (address) {
        return native ? address(0) : address(token);
    }

    function _sign(uint256 party, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(party), digest);
        return abi.encodePacked(r, s, v);
    }

    function _policy() private pure returns (Policy memory) {
        return Policies.all(Policies.signature());
    }

    function _keyOf(uint256 party) private pure returns (uint256) {
        return 0xC0FFEE + party;
    }
}

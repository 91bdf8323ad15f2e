// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IInferenceCallback} from "../../../contracts/interfaces/IInferenceCallback.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {IOperatorBonds} from "../../../contracts/interfaces/IOperatorBonds.sol";
import {Policies} from "../../../contracts/libraries/Policies.sol";
import {Assurance} from "../../../contracts/types/Assurance.sol";
import {Delivery, Finality} from "../../../contracts/types/Delivery.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Policy} from "../../../contracts/types/Policy.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {RequestParams} from "../../../contracts/types/Request.sol";
import {Statement, digestFor} from "../../../contracts/types/Statement.sol";
import {vm} from "../Vm.sol";

/// @dev Makes policies satisfiable that leave an answer open to challenge; no panel ever concludes.
contract IdlePanel is IEvidenceVerifier {
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Quorum;
    }

    function verify(
        Statement calldata,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external pure returns (Assurance memory) {
        revert("no panel");
    }
}

contract Dollar is ERC20("Dollar", "USD") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @dev Drives every entry point at random as six operators, six requesters and the disputes contract, and keeps its own
/// books beside the contract's. It is itself the publisher, the disputes contract, and the requester whose callback refuses
/// on command.
contract RequestsHandler is IInferenceCallback {
    enum Brought {
        OwnSignature,
        ForeignSignature,
        Nothing
    }

    uint256 public constant OPERATORS = 6;
    uint256 private constant REQUESTERS = 6;
    uint32 private constant CALLBACK_GAS = 150_000;
    uint40 private constant WINDOW = 1 hours;

    IInferenceRequests private _requests;
    StakeVault private _vault;
    address private _router;
    IOperatorBonds private _signatures;
    ReleaseId private _release;
    Dollar public dollar;

    address[] public parties;
    mapping(address token => uint256 amount) public openEscrow;
    uint256 public answered;
    uint256 public overturned;
    uint256 public forfeited;
    uint256 public late;
    uint256 public feesPaid;
    bool public paidWithoutEvidence;
    bool public paidUnequal;
    bool public itemsDependent;
    /// @dev Answers that were settled with others.
    uint256 public together;
    bool public slashedWithoutFault;
    bool public finalityMovedBack;
    mapping(RequestId id => mapping(uint8 epoch => uint256 count)) public deliveriesOf;

    RequestId[] private _ids;
    mapping(RequestId id => RequestParams params) private _params;
    mapping(RequestId id => bytes32 hash) private _results;
    mapping(RequestId id => uint256[] words) private _outputs;
    mapping(RequestId id => Finality finality) private _finalities;
    mapping(RequestId id => uint256 lockedAt) private _lockedAt;
    bool private _refusing;
    uint256 private _now = 1_000_000_000;

    /// @dev The runner keeps the time of a call that it reverts.
    modifier timed() {
        vm.warp(_now);
        _;
    }

    /// @dev Every action but those that follow a fault leaves all own stake where it is, except for what is put in or out.
    modifier withoutSlash() {
        vm.warp(_now);
        uint256 burnedBefore = _vault.burned();
        uint256 creditBefore = _vaultCredits();
        _;
        if (_vault.burned() != burnedBefore || _vaultCredits() != creditBefore) slashedWithoutFault = true;
    }

    /// @dev What operator, publisher and requester are credited for a settled request is its escrow.
    modifier settling(RequestId id, bool expected) {
        RequestParams storage params = _params[id];
        uint256 before = totalCredits(params.token);
        _;
        uint256 paid = totalCredits(params.token) - before;
        bool settled = _requests.finalityOf(id) == Finality.Final && _finalities[id] != Finality.Final;
        _finalities[id] = _requests.finalityOf(id);
        if (settled && expected) {
            if (paid != params.escrow()) paidUnequal = true;
            _book(id);
        } else if (paid != 0) {
            paidUnequal = true;
        }
    }

    function init(
        IInferenceRequests requests,
        ModelRegistry models,
        StakeVault vault,
        IOperatorBonds signatures
    ) external {
        (_requests, _vault, _signatures) = (requests, vault, signatures);
        _router = address(requests.router());
        dollar = new Dollar();
        for (uint256 i = 0; i < OPERATORS + REQUESTERS - 1; ++i) {
            parties.push(vm.addr(_keyOf(i)));
        }
        parties.push(address(this));
        Release memory release;
        release.publisher = address(this);
        release.model = "signed";
        release.royaltyBps = 333;
        _release = models.publish(release, "");
        vm.warp(_now);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            vm.prank(parties[i]);
            vault.authorise(address(requests), true);
            vm.prank(parties[i]);
            vault.authorise(address(signatures), true);
            stake(i, 100 ether);
            post(i);
        }
    }

    /* STAKE */

    function stake(uint256 operator, uint80 amount) public withoutSlash {
        address account = parties[operator % OPERATORS];
        vm.deal(account, amount);
        vm.prank(account);
        _vault.stake{value: amount}();
    }

    function post(uint256 operator) public withoutSlash {
        vm.prank(parties[operator % OPERATORS]);
        _signatures.post(1 ether);
    }

    function requestExit(uint256 operator, uint80 amount) external withoutSlash {
        address account = parties[operator % OPERATORS];
        (uint256 own, ) = _vault.stakeOf(account);
        vm.prank(account);
        _vault.requestExit(amount % (own + 2));
    }

    function withdrawExit(uint256 operator) external withoutSlash {
        if (operator % 8 == 0) _waitUntil(_now + 21 days);
        vm.prank(parties[operator % OPERATORS]);
        _vault.withdrawExit(address(0xBEEF));
    }

    /// @dev Signs two answers to one request, as no worker does.
    function equivocate(uint256 which) external timed {
        RequestId id = _pick(which, IInferenceRequests.Status.Fulfilled);
        address operator = _requests.operatorOf(id);
        Statement memory statement = Statement({
            release: _release,
            request: id,
            operator: operator,
            inputHash: keccak256(""),
            outputHash: bytes32(uint256(1))
        });
        bytes memory one = _sign(operator, statement.digestFor(_router));
        statement.outputHash = bytes32(uint256(2));
        bytes memory other = _sign(operator, statement.digestFor(_router));
        statement.outputHash = bytes32(uint256(1));
        _signatures.showEquivocation(_router, statement, one, bytes32(uint256(2)), other);
    }

    function forfeit(uint256 which) external timed {
        RequestId id = _pick(which, IInferenceRequests.Status.Fulfilled);
        bool faulty = _signatures.faultOf(_requests.operatorOf(id), _router, id) != address(0);
        _requests.forfeit(id);
        if (!faulty) slashedWithoutFault = true;
        ++forfeited;
    }

    /* ASKING */

    function ask(uint256 requester, uint96 fee, uint96 rise, uint8 wanted, uint8 shape) external withoutSlash {
        // The last has the callback, and asks more often than others.
        uint256 index = OPERATORS + (requester % 8 < REQUESTERS ? requester % 8 : REQUESTERS - 1);
        address account = parties[index];
        RequestParams memory params;
        params.nonce = _ids.length;
        params.release = _release;
        params.policy = _policy(shape);
        if (shape & 2 != 0) params.token = address(dollar);
        (params.minFee, params.rampStart) = (fee % 1e27, uint40(_now));
        params.maxFee = params.minFee + (rise % 1e27);
        (params.stake, params.bond, params.cover) = (uint80(wanted) * 1e16 + 2, uint80(wanted) * 1e15 + 1, 1e16);
        if (params.cover > params.stake) params.cover = params.stake;
        (params.maxGasPrice, params.verificationGas) = (1 gwei, 100_000);
        if (account == address(this)) (params.callbackGas, params.provisionalGas) = (CALLBACK_GAS, CALLBACK_GAS);
        (params.lockDeadline, params.deadline) = (uint40(_now + 6 hours), uint40(_now + 12 hours));
        RequestId id = _send(account, index, params, shape & 4 != 0);
        _ids.push(id);
        _copy(id, params);
        openEscrow[params.token] += params.escrow();
    }

    function cancel(uint256 which) external withoutSlash {
        RequestId id = _pick(which, IInferenceRequests.Status.Open);
        vm.prank(_requests.requesterOf(id));
        _requests.cancel(id, _params[id]);
        openEscrow[_params[id].token] -= _params[id].escrow();
    }

    function expire(uint256 which, uint32 wait) external timed {
        RequestId id = _pick(which, IInferenceRequests.Status.Locked);
        bool locked = _requests.statusOf(id) == IInferenceRequests.Status.Locked;
        // Until it can expire, or not quite so long.
        _waitUntil(_params[id].deadline + (wait % 3) - 1);
        uint256 burned = _vault.burned() + _vaultCredits();
        _requests.expire(id, _params[id]);
        if (!locked && _vault.burned() + _vaultCredits() != burned) slashedWithoutFault = true;
        openEscrow[_params[id].token] -= _params[id].escrow();
    }

    /* SERVING */

    function lock(uint256 which, uint256 operator) external withoutSlash {
        RequestId id = _pick(which, IInferenceRequests.Status.Open);
        vm.prank(parties[operator % OPERATORS]);
        _requests.lock(id, _params[id]);
        _lockedAt[id] = _now;
    }

    function unlock(uint256 which) external timed {
        RequestId id = _pick(which, IInferenceRequests.Status.Locked);
        vm.prank(_requests.operatorOf(id));
        _requests.unlock(id, _params[id]);
    }

    /// @dev Only the locking operator's own signature may get it paid.
    function fulfil(
        uint256 which,
        uint256 output,
        uint8 brought
    ) external settling(_pick(which, IInferenceRequests.Status.Locked), true) withoutSlash {
        RequestId id = _pick(which, IInferenceRequests.Status.Locked);
        (uint256[] memory words, Evidence[] memory evidence) = _answer(id, _requests.operatorOf(id), output, brought);
        _requests.fulfil(id, _params[id], words, evidence);
        if (_brought(brought) != Brought.OwnSignature) paidWithoutEvidence = true;
        _outputs[id] = words;
    }

    /// @dev Three answers at once, of which two may be of one request: each is settled exactly where it would be alone.
    function fulfilMany(uint256 which, uint256 output, uint24 brought) external withoutSlash {
        IInferenceRequests.Fulfilment[] memory batch = new IInferenceRequests.Fulfilment[](3);
        bool[3] memory due;
        for (uint256 i = 0; i < 3; ++i) {
            RequestId id = _pick(which + i * (which % 4), IInferenceRequests.Status.Locked);
            (batch[i].id, batch[i].params) = (id, _params[id]);
            due[i] = _isDue(id, uint8(brought >> (8 * i)));
            for (uint256 j = 0; j < i; ++j) {
                if (batch[j].id == id && due[j]) due[i] = false;
            }
            address operator = _requests.operatorOf(id);
            if (operator == address(0)) operator = parties[0];
            (batch[i].output, batch[i].evidence) = _answer(id, operator, output + i, uint8(brought >> (8 * i)));
        }
        uint256 owed = totalCredits(address(0)) + totalCredits(address(dollar));
        bool[] memory settled = _requests.fulfilMany(batch);
        owed = totalCredits(address(0)) + totalCredits(address(dollar)) - owed;
        for (uint256 i = 0; i < 3; ++i) {
            if (settled[i] != due[i]) itemsDependent = true;
            if (!settled[i]) continue;
            owed -= batch[i].params.escrow();
            _outputs[batch[i].id] = batch[i].output;
            _finalities[batch[i].id] = Finality.Final;
            _book(batch[i].id);
            ++together;
        }
        if (owed != 0) paidUnequal = true;
    }

    function fulfilLate(
        uint256 which,
        uint256 operator,
        uint256 output,
        uint8 brought
    ) external settling(_pick(which, IInferenceRequests.Status.Expired), false) withoutSlash {
        RequestId id = _pick(which, IInferenceRequests.Status.Expired);
        address account = parties[operator % OPERATORS];
        (uint256[] memory words, Evidence[] memory evidence) = _answer(id, account, output, brought);
        _requests.fulfilLate(id, _params[id], account, words, evidence);
        if (_brought(brought) != Brought.OwnSignature) paidWithoutEvidence = true;
        _outputs[id] = words;
        _results[id] = _hashOfResult(id);
        ++late;
    }

    function finalize(
        uint256 which
    ) external settling(_pick(which, IInferenceRequests.Status.Provisional), true) withoutSlash {
        RequestId id = _pick(which, IInferenceRequests.Status.Provisional);
        if (which % 2 == 0) _waitUntil(_requests.windowEndOf(id) + 1);
        _requests.finalize(id, _params[id], _outputs[id]);
    }

    function contest(uint256 which) external withoutSlash {
        _requests.contest(_pick(which, IInferenceRequests.Status.Provisional));
    }

    function uphold(
        uint256 which
    ) external settling(_pick(which, IInferenceRequests.Status.Challenged), true) withoutSlash {
        RequestId id = _pick(which, IInferenceRequests.Status.Challenged);
        _requests.resolve(id, _params[id], _outputs[id], true, address(0));
    }

    function overturn(uint256 which, uint256 challenger) external timed {
        RequestId id = _pick(which, IInferenceRequests.Status.Challenged);
        _requests.resolve(id, _params[id], _outputs[id], false, parties[challenger % parties.length]);
        openEscrow[_params[id].token] -= _params[id].escrow();
        _results[id] = _hashOfResult(id);
        _finalities[id] = Finality.Overturned;
        ++overturned;
    }

    function freeStake(uint256 which) external withoutSlash {
        RequestId[] memory ids = new RequestId[](1);
        ids[0] = _pick(which, IInferenceRequests.Status.Fulfilled);
        if (which % 4 == 0) _waitUntil(_requests.resultOf(ids[0]).movedAt + 3 days);
        _requests.freeStake(ids);
    }

    function redeliver(uint256 which) external withoutSlash {
        RequestId id = _pick(which, IInferenceRequests.Status.Fulfilled);
        _requests.redeliver(id, _release, _params[id].input, _outputs[id]);
    }

    function refuseCallbacks(bool refusing) external {
        _refusing = refusing;
    }

    function withdraw(uint256 party, bool native) external withoutSlash {
        vm.prank(parties[party % parties.length]);
        _requests.withdraw(native ? address(0) : address(dollar), payable(address(0xBEEF)));
    }

    /// @dev Mostly less than the deadlines of a request, now and then more than all of them.
    function pass(uint32 wait) public {
        _waitUntil(_now + (wait % (wait % 4 == 3 ? 3 days : 20 minutes)));
    }

    /// @inheritdoc IInferenceCallback
    function onInference(Delivery calldata delivery, uint256[] calldata, Assurance calldata) external {
        require(msg.sender == address(_requests) && !_refusing, "refused");
        ++deliveriesOf[delivery.request][delivery.epoch];
    }

    /* WHAT THE INVARIANTS READ */

    function partyCount() external view returns (uint256) {
        return parties.length;
    }

    function requestCount() external view returns (uint256) {
        return _ids.length;
    }

    function totalCredits(address token) public view returns (uint256 credits) {
        for (uint256 i = 0; i < parties.length; ++i) {
            credits += _requests.creditOf(token, parties[i]);
        }
    }

    /// @dev Own stake of an operator exposed to requests and as its bond.
    function exposedOf(address operator) external view returns (uint256 own) {
        for (uint256 i = 0; i < _ids.length; ++i) {
            own += _vault.liabilityOf(operator, address(_requests), RequestId.unwrap(_ids[i])).own;
        }
        own += _vault.liabilityOf(operator, address(_signatures), keccak256("vouch.bond.v1")).own;
    }

    function areDeliveriesSingle(uint256 index) external view returns (bool) {
        RequestId id = _ids[index];
        (uint256 first, uint256 second) = (deliveriesOf[id][1], deliveriesOf[id][2]);
        if (first > 1 || second > 1) return false;
        Finality finality = _requests.finalityOf(id);
        if (finality == Finality.None) return first + second == 0;
        IInferenceRequests.Result memory result = _requests.resultOf(id);
        bool delivered = result.delivery == IInferenceRequests.DeliveryStatus.Delivered;
        bool twice = finality == Finality.Overturned || result.assurance.has(EvidenceKind.Optimistic);
        uint256 decided = twice ? second : first;
        if (finality == Finality.Provisional) return second == 0 && delivered == (first == 1);
        return delivered == (decided == 1);
    }

    /// @dev Whether request `index` is answered for good exactly where it was, with the result that it got then.
    function isResultKept(uint256 index) external view returns (bool) {
        RequestId id = _ids[index];
        bool stored = _requests.finalityOf(id) > Finality.Provisional;
        return stored ? _results[id] == _hashOfResult(id) : _results[id] == 0;
    }

    /* HELP */

    function _send(
        address account,
        uint256 index,
        RequestParams memory params,
        bool relayed
    ) private returns (RequestId) {
        uint256 escrow = params.escrow();
        bool native = params.token == address(0);
        address payer = relayed && account != address(this) ? address(0xCAFE) : account;
        if (native) vm.deal(payer, escrow);
        else dollar.mint(payer, escrow);
        if (!native) {
            vm.prank(payer);
            dollar.approve(address(_requests), escrow);
        }
        if (payer == account) {
            vm.prank(payer);
            return _requests.request{value: native ? escrow : 0}(params);
        }
        bytes memory signature = _signAs(index, _digestOf(params, account));
        vm.prank(payer);
        return _requests.requestFor{value: native ? escrow : 0}(account, params, signature);
    }

    function _digestOf(RequestParams memory params, address requester) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Vouch Requests"),
                keccak256("1"),
                block.chainid,
                address(_requests)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, params.hashFor(requester)));
    }

    function _waitUntil(uint256 time) private {
        if (time > _now) _now = time;
        vm.warp(_now);
        for (uint256 i = 0; i < _ids.length; ++i) {
            if (_requests.finalityOf(_ids[i]) < _finalities[_ids[i]]) finalityMovedBack = true;
        }
    }

    function _policy(uint8 shape) private pure returns (Policy memory) {
        if (shape & 1 == 0) return Policies.all(Policies.signature());
        return Policies.all(Policies.signature(), Policies.optimisticByQuorum(WINDOW, 2, 3));
    }

    function _copy(RequestId id, RequestParams memory params) private {
        RequestParams storage copy = _params[id];
        copy.nonce = params.nonce;
        copy.release = params.release;
        for (uint256 i = 0; i < params.policy.allOf.length; ++i) {
            copy.policy.allOf.push();
            copy.policy.allOf[i].anyOf.push(params.policy.allOf[i].anyOf[0]);
        }
        (copy.token, copy.minFee, copy.maxFee) = (params.token, params.minFee, params.maxFee);
        (copy.rampStart, copy.stake, copy.bond, copy.cover) = (
            params.rampStart,
            params.stake,
            params.bond,
            params.cover
        );
        (copy.maxGasPrice, copy.verificationGas) = (params.maxGasPrice, params.verificationGas);
        (copy.callbackGas, copy.provisionalGas) = (params.callbackGas, params.provisionalGas);
        (copy.lockDeadline, copy.deadline) = (params.lockDeadline, params.deadline);
    }

    function _answer(
        RequestId id,
        address operator,
        uint256 output,
        uint8 brought
    ) private view returns (uint256[] memory words, Evidence[] memory evidence) {
        words = new uint256[](1);
        words[0] = output;
        Brought what = _brought(brought);
        if (what == Brought.Nothing) return (words, evidence);
        Statement memory statement = Statement({
            release: _release,
            request: id,
            operator: operator,
            inputHash: keccak256(""),
            outputHash: keccak256(abi.encodePacked(words))
        });
        address signer = what == Brought.OwnSignature ? operator : parties[operator == parties[0] ? 1 : 0];
        evidence = new Evidence[](1);
        evidence[0] = Evidence({kind: EvidenceKind.Signature, data: _sign(signer, statement.digestFor(_router))});
    }

    /// @dev Mostly what gets an operator paid.
    function _brought(uint8 brought) private pure returns (Brought) {
        return brought % 8 < 3 ? Brought(brought % 8) : Brought.OwnSignature;
    }

    function _vaultCredits() private view returns (uint256 credits) {
        for (uint256 i = 0; i < parties.length; ++i) {
            credits += _vault.creditOf(parties[i]);
        }
    }

    function _book(RequestId id) private {
        RequestParams storage params = _params[id];
        openEscrow[params.token] -= params.escrow();
        ++answered;
        if (params.token == address(0)) feesPaid += _feeAt(params, _lockedAt[id]);
        _results[id] = _hashOfResult(id);
    }

    /// @dev Whether an answer with this evidence is final at once.
    function _isDue(RequestId id, uint8 brought) private view returns (bool) {
        if (_requests.statusOf(id) != IInferenceRequests.Status.Locked || _now > _params[id].deadline) return false;
        bool signed = _brought(brought) == Brought.OwnSignature && _signatures.bondOf(_requests.operatorOf(id)) > 0;
        return signed && _params[id].policy.allOf.length == 1;
    }

    function _feeAt(RequestParams storage params, uint256 time) private view returns (uint256) {
        if (time <= params.rampStart) return params.minFee;
        if (time >= params.lockDeadline) return params.maxFee;
        uint256 passed =
            ((time - params.rampStart) * (params.maxFee - params.minFee)) / (params.lockDeadline - params.rampStart);
        return params.minFee + passed;
    }

    /// @dev Mostly one with which the call may succeed; one time in eight any.
    function _pick(uint256 which, IInferenceRequests.Status wanted) private view returns (RequestId) {
        uint256 count = _ids.length;
        for (uint256 i = 0; i < count && (which >> 8) % 8 != 0; ++i) {
            RequestId id = _ids[addmod(which, i, count)];
            if (_requests.statusOf(id) == wanted) return id;
        }
        return _ids[which % count];
    }

    function _hashOfResult(RequestId id) private view returns (bytes32) {
        IInferenceRequests.Result memory result = _requests.resultOf(id);
        // The one member that may still change.
        result.delivery = IInferenceRequests.DeliveryStatus.None;
        return keccak256(abi.encode(result));
    }

    function _sign(address signer, bytes32 digest) private view returns (bytes memory) {
        for (uint256 i = 0; i < OPERATORS; ++i) {
            if (parties[i] == signer) return _signAs(i, digest);
        }
        revert("no operator");
    }

    function _signAs(uint256 party, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(party), digest);
        return abi.encodePacked(r, s, v);
    }

    function _keyOf(uint256 party) private pure returns (uint256) {
        return 0xC0FFEE + party;
    }
}

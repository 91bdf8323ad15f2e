// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EvidenceRouter} from "../../../contracts/EvidenceRouter.sol";
import {InferenceRequests} from "../../../contracts/InferenceRequests.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {IInferenceCallback} from "../../../contracts/interfaces/IInferenceCallback.sol";
import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {Policies} from "../../../contracts/libraries/Policies.sol";
import {Assurance} from "../../../contracts/types/Assurance.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Receipt} from "../../../contracts/types/Receipt.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {RequestParams} from "../../../contracts/types/Request.sol";
import {vm} from "../Vm.sol";

/// @dev Drives every entry point at random as operators, requesters and thieves, and keeps its own books beside the
/// contract's. It is itself the publisher, and a requester with a callback that refuses on command.
contract RequestsHandler is IInferenceCallback {
    enum Brought {
        OwnSignature,
        ForeignSignature,
        Nothing
    }

    uint256 public constant OPERATORS = 2;
    uint256 private constant REQUESTERS = 3;
    uint32 private constant CALLBACK_GAS = 100_000;

    InferenceRequests private immutable _requests;
    StakeVault private immutable _vault;
    EvidenceRouter private immutable _router;
    ReleaseId private immutable _release;

    address[] public parties;
    uint256 public openEscrow;
    uint256 public fulfilled;
    uint256 public refunded;
    bool public paidWithoutEvidence;
    mapping(address operator => uint256 stake) public lockedStakeOf;
    mapping(address operator => uint256 amount) public earnedOf;
    mapping(RequestId id => uint256 count) public deliveriesOf;

    RequestId[] private _ids;
    mapping(RequestId id => RequestParams params) private _params;
    mapping(RequestId id => bytes32 hash) private _results;
    mapping(RequestId id => uint256[] words) private _outputs;
    bool private _refusing;
    uint256 private _now = 1_000_000;

    constructor(InferenceRequests requests, ModelRegistry models, StakeVault vault, EvidenceRouter router) {
        (_requests, _vault, _router) = (requests, vault, router);
        for (uint256 i = 0; i < OPERATORS + REQUESTERS - 1; ++i) {
            parties.push(vm.addr(_keyOf(i)));
        }
        parties.push(address(this));
        Release memory release;
        release.publisher = address(this);
        release.model = "signed";
        release.royaltyBps = 333;
        _release = models.publish(release, "");
        for (uint256 i = 0; i < OPERATORS; ++i) {
            vm.prank(parties[i]);
            vault.authorise(address(requests), true);
        }
        vm.warp(_now);
    }

    function stake(uint256 operator, uint96 amount) external {
        address account = parties[operator % OPERATORS];
        vm.deal(account, amount);
        vm.prank(account);
        _vault.stake{value: amount}();
    }

    function authorise(uint256 operator, bool authorised) external {
        vm.prank(parties[operator % OPERATORS]);
        _vault.authorise(address(_requests), authorised);
    }

    function requestExit(uint256 operator, uint96 amount) external {
        address account = parties[operator % OPERATORS];
        // From nothing to a wei too much.
        uint256 wanted = amount % (_vault.stakeOf(account) + 2);
        vm.prank(account);
        _vault.requestExit(wanted);
    }

    function withdrawStake(uint256 operator) external {
        vm.prank(parties[operator % OPERATORS]);
        _vault.withdraw(payable(address(0xBEEF)));
    }

    function ask(uint256 requester, uint96 fee, uint96 wanted) external {
        address account = parties[OPERATORS + (requester % REQUESTERS)];
        RequestParams memory params;
        params.release = _release;
        params.policy = Policies.all(Policies.signature());
        params.fee = fee;
        params.stake = wanted;
        params.maxGasPrice = 1 gwei;
        params.verificationGas = 100_000;
        params.callbackGas = account == address(this) ? CALLBACK_GAS : 0;
        params.lockDeadline = uint40(_now + 1 hours);
        params.deadline = uint40(_now + 2 hours);
        vm.deal(account, params.escrow());
        vm.prank(account);
        RequestId id = _requests.request{value: params.escrow()}(params);
        _ids.push(id);
        _copy(id, params);
        openEscrow += params.escrow();
    }

    function lock(uint256 which, uint256 operator) external {
        RequestId id = _pick(which);
        address account = parties[operator % OPERATORS];
        vm.prank(account);
        _requests.lock(id, _params[id]);
        lockedStakeOf[account] += _params[id].stake;
    }

    function unlock(uint256 which) external {
        RequestId id = _pick(which);
        address operator = _requests.operatorOf(id);
        vm.prank(operator);
        _requests.unlock(id);
        lockedStakeOf[operator] -= _params[id].stake;
    }

    /// @dev Only the locking operator's own signature may get it paid.
    function fulfil(uint256 which, uint256 output, uint8 brought) external {
        RequestId id = _pick(which);
        address operator = _requests.operatorOf(id);
        uint256[] memory words = new uint256[](1);
        words[0] = output;
        Brought evidence = Brought(brought % 3);
        uint256 credit = _requests.creditOf(operator);

        _requests.fulfil(id, _params[id], words, _evidence(id, operator, words, evidence));

        if (evidence != Brought.OwnSignature) paidWithoutEvidence = true;
        if (!_requests.assuranceOf(id).has(EvidenceKind.Signature)) paidWithoutEvidence = true;
        ++fulfilled;
        openEscrow -= _params[id].escrow();
        lockedStakeOf[operator] -= _params[id].stake;
        earnedOf[operator] += _requests.creditOf(operator) - credit;
        _results[id] = _hashOfResult(id);
        _outputs[id] = words;
    }

    function refuseCallbacks(bool refusing) external {
        _refusing = refusing;
    }

    function redeliver(uint256 which) external {
        RequestId id = _pick(which);
        _requests.redeliver(id, _release, _params[id].input, _outputs[id]);
    }

    /// @inheritdoc IInferenceCallback
    function onInference(RequestId id, ReleaseId, uint256[] calldata, Assurance calldata) external {
        require(msg.sender == address(_requests) && !_refusing, "refused");
        ++deliveriesOf[id];
    }

    function cancel(uint256 which) external {
        RequestId id = _pick(which);
        vm.prank(_requests.requesterOf(id));
        _requests.cancel(id, _params[id]);
        _refund(id, address(0));
    }

    function expire(uint256 which, uint32 wait) external {
        RequestId id = _pick(which);
        address operator = _requests.operatorOf(id);
        _now += wait;
        vm.warp(_now);
        _requests.expire(id, _params[id]);
        _refund(id, operator);
    }

    function withdraw(uint256 party) external {
        address account = parties[party % parties.length];
        vm.prank(account);
        _requests.withdraw(payable(address(0xBEEF)));
        delete earnedOf[account];
    }

    function partyCount() external view returns (uint256) {
        return parties.length;
    }

    function requestCount() external view returns (uint256) {
        return _ids.length;
    }

    /// @dev How often the callback of request `index` succeeded, and whether it counts as delivered.
    function deliveryAt(uint256 index) external view returns (uint256 deliveries, bool delivered) {
        RequestId id = _ids[index];
        if (_results[id] == 0) return (deliveriesOf[id], false);
        return (deliveriesOf[id], _requests.resultOf(id).delivery == IInferenceRequests.Delivery.Delivered);
    }

    /// @dev Whether request `index` is fulfilled exactly where it was, with the result that it was fulfilled with.
    function isResultKept(uint256 index) external view returns (bool) {
        RequestId id = _ids[index];
        bool stored = _requests.statusOf(id) == IInferenceRequests.Status.Fulfilled;
        return stored ? _results[id] == _hashOfResult(id) : _results[id] == 0;
    }

    function _refund(RequestId id, address operator) private {
        ++refunded;
        openEscrow -= _params[id].escrow();
        if (operator != address(0)) lockedStakeOf[operator] -= _params[id].stake;
    }

    function _copy(RequestId id, RequestParams memory params) private {
        RequestParams storage copy = _params[id];
        copy.release = params.release;
        copy.policy.allOf.push();
        copy.policy.allOf[0].anyOf.push(params.policy.allOf[0].anyOf[0]);
        copy.fee = params.fee;
        copy.stake = params.stake;
        copy.maxGasPrice = params.maxGasPrice;
        copy.verificationGas = params.verificationGas;
        copy.callbackGas = params.callbackGas;
        copy.lockDeadline = params.lockDeadline;
        copy.deadline = params.deadline;
    }

    function _evidence(
        RequestId id,
        address operator,
        uint256[] memory output,
        Brought brought
    ) private view returns (Evidence[] memory evidence) {
        if (brought == Brought.Nothing) return evidence;
        Receipt memory receipt;
        receipt.release = _release;
        receipt.request = id;
        receipt.operator = operator;
        receipt.output = output;
        bytes32 digest = _router.digestOf(_router.statementOf(receipt));
        uint256 signer = (operator == parties[0]) == (brought == Brought.OwnSignature) ? 0 : 1;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keyOf(signer), digest);
        evidence = new Evidence[](1);
        evidence[0] = Evidence({kind: EvidenceKind.Signature, data: abi.encodePacked(r, s, v)});
    }

    function _pick(uint256 which) private view returns (RequestId) {
        return _ids[which % _ids.length];
    }

    function _hashOfResult(RequestId id) private view returns (bytes32) {
        IInferenceRequests.Result memory result = _requests.resultOf(id);
        // The one member that may still change.
        result.delivery = IInferenceRequests.Delivery.None;
        return keccak256(abi.encode(result));
    }

    function _keyOf(uint256 party) private pure returns (uint256) {
        return 0xC0FFEE + party;
    }
}

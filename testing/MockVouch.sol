// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Words} from "@vouch/contracts/libraries/Words.sol";
import {Assurance} from "@vouch/contracts/types/Assurance.sol";
import {Evidence, EvidenceKind} from "@vouch/contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "@vouch/contracts/types/Ids.sol";
import {Policy} from "@vouch/contracts/types/Policy.sol";
import {Receipt} from "@vouch/contracts/types/Receipt.sol";
import {MockModel} from "./MockModels.sol";
import {IMockVouch} from "./IMockVouch.sol";
import {MockRequests} from "./MockRequests.sol";

/// @title MockVouch
/// @notice A Vouch for a test: `new MockVouch()` is the `IInferenceRequests` that a consumer is built with, and the test says what
/// is answered.
/// @dev Money, callbacks, policies and events are the protocol's; evidence is the test's word. Of gas, all that was bought counts as
/// used. Warning: for tests only; see `SimulatedOnly`.
contract MockVouch is MockRequests, IMockVouch {
    using Words for uint256[];

    uint256 private _receipts;

    /* MODELS */

    /// @notice Publishes a release whose floor demands nothing, with a circuit that nobody has attested, and returns its id.
    function publish(MockModel calldata model) external returns (ReleaseId) {
        Policy memory nothing;
        return _models.add(model, PUBLISHER, nothing);
    }

    /// @notice As `publish`, with a floor.
    function publishWithFloor(MockModel calldata model, Policy calldata floor) external returns (ReleaseId) {
        return _models.add(model, PUBLISHER, floor);
    }

    /// @notice Has `auditor` attest the set-up of a release's circuit, as policies of proofs want.
    function attest(ReleaseId release, address auditor) external {
        _circuits.attestBy(auditor, _models.releaseOf(release).circuit);
    }

    /// @notice Marks the set-up of a release's circuit as a development set-up, which no policy takes that does not say so.
    function markDevelopment(ReleaseId release) external {
        _circuits.markDevelopment(_models.releaseOf(release).circuit);
    }

    /* ANSWERS */

    /// @notice Answers a request with the least evidence that its policy takes: final, paid for and called back.
    /// @dev Where the policy has answers wait for challenges, it is proposed first and the window then passes at once.
    function deliver(RequestId id, uint256[] calldata output) external {
        this.propose(id, output, _params[id], false);
        if (_entries[id].status == Status.Provisional) this.end(id, output, _params[id], true);
    }

    /// @notice Answers a request with this evidence; reverts, as a fulfilment does, with `PolicyNotMet` or `PolicyStakeTooLow`
    /// where it is too weak.
    function deliver(RequestId id, uint256[] calldata output, Assurance calldata assurance) external {
        this.answer(id, output, _params[id], assurance);
    }

    /// @notice Answers a request and leaves the answer open to challenge; `settle` or `overturn` ends that.
    /// @dev Reverts with `MockNotChallengeable` where the policy has no answer wait.
    function delay(RequestId id, uint256[] calldata output) external {
        this.propose(id, output, _params[id], true);
        require(_entries[id].status == Status.Provisional, MockNotChallengeable(id));
    }

    /// @notice Ends the challenge window of an answer that was left open: it is final, paid for and called back.
    function settle(RequestId id) external {
        this.end(id, _outputs[id], _params[id], true);
    }

    /// @notice Has a challenge succeed against an answer that was left open: the requester is refunded, compensated of the
    /// operator's stake and called back.
    function overturn(RequestId id) external {
        this.end(id, _outputs[id], _params[id], false);
    }

    /// @notice Lets a request run out, without waiting for it: nobody answered, and the requester is refunded.
    function fail(RequestId id) external {
        this.drop(id, _params[id]);
    }

    /// @notice Has an operator lock a request and miss its deadline, without waiting for it: the requester is refunded, and
    /// compensated of the operator's bond.
    function abandon(RequestId id) external {
        this.forsake(id, _params[id]);
    }

    /* RECEIPTS */

    /// @notice Returns the receipt of a delivered request, as it is brought to a `ReceiptConsumer`.
    function receiptOf(RequestId id) external view returns (Receipt memory delivered) {
        delivered = _receiptFor(id, _inputs[id], _outputs[id]);
        delivered.evidence = _evidenceFor(id, _answeredAssurance(id));
    }

    /// @notice Returns the receipt of an answer that somebody else asked for, with the least evidence that `policy` takes.
    /// @dev Its request is settled in this block; it needs no operator and no money.
    function receipt(
        ReleaseId release,
        uint256[] calldata input,
        uint256[] calldata output,
        Policy calldata policy
    ) external returns (Receipt memory) {
        (Assurance memory least, , ) = _mockRouter.leastOf(policy, release, false);
        return _settled(release, input, output, least);
    }

    /// @notice As `receipt`, with this evidence, which may be too weak.
    function receiptWith(
        ReleaseId release,
        uint256[] calldata input,
        uint256[] calldata output,
        Assurance calldata assurance
    ) external returns (Receipt memory) {
        return _settled(release, input, output, assurance);
    }

    /// @inheritdoc IMockVouch
    function isMockVouch() external pure returns (bool) {
        return true;
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IMockVouch).interfaceId || super.supportsInterface(interfaceId);
    }

    function _settled(
        ReleaseId release,
        uint256[] calldata input,
        uint256[] calldata output,
        Assurance memory assurance
    ) private returns (Receipt memory brought) {
        RequestId id = requestIdOf(address(this), _receipts++);
        (_inputs[id], _outputs[id], _releaseOf[id]) = (input, output, release);
        brought = _receiptFor(id, input, output);
        _record(id, assurance);
        _entries[id].commitment = _statementHash(id, release, input, output);
        brought.evidence = _evidenceFor(id, assurance);
    }

    function _receiptFor(
        RequestId id,
        uint256[] memory input,
        uint256[] memory output
    ) private view returns (Receipt memory brought) {
        brought.release = _releaseOf[id];
        brought.request = id;
        brought.operator = OPERATOR;
        (brought.input, brought.output) = (input, output);
    }

    /// @dev One piece for each kind but that an answer stood for a while, which nothing shows.
    function _evidenceFor(RequestId id, Assurance memory assurance) private view returns (Evidence[] memory evidence) {
        bytes memory data = abi.encode(_entries[id].commitment, assurance);
        uint256 kinds = assurance.kinds & ~uint8(1 << uint8(EvidenceKind.Optimistic));
        uint256 count = 0;
        for (uint256 rest = kinds; rest > 0; rest >>= 1) count += rest & 1;
        evidence = new Evidence[](count);
        for (uint256 kind = 0; kinds > 0; (kinds >>= 1, ++kind)) {
            if (kinds & 1 == 0) continue;
            evidence[--count] = Evidence({kind: EvidenceKind(kind), data: data});
        }
    }
}

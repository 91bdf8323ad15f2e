// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {Assurance} from "../../../contracts/types/Assurance.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Receipt} from "../../../contracts/types/Receipt.sol";
import {Release} from "../../../contracts/types/Release.sol";
import {Statement} from "../../../contracts/types/Statement.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {vm} from "../Vm.sol";

/// @notice Says of the evidence what the evidence says.
contract SayingVerifier is IEvidenceVerifier {
    EvidenceKind public immutable kind;

    constructor(EvidenceKind kind_) {
        kind = kind_;
    }

    function verify(
        Statement calldata,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata data
    ) external pure returns (Assurance memory) {
        return abi.decode(data, (Assurance));
    }
}

/// @notice Fails without a word, as what runs out of gas does.
contract SilentVerifier {
    EvidenceKind public immutable kind;

    constructor(EvidenceKind kind_) {
        kind = kind_;
    }
}

/// @title EvidenceRouterTest
/// @notice What several pieces of evidence amount to, and batches over verifiers that say nothing.
contract EvidenceRouterTest {
    IModelRegistry private _models;
    address private _circuits;
    ReleaseId private _release;

    function setUp() public {
        _circuits = deployArtifact("CircuitRegistry.sol:CircuitRegistry", "");
        _models = IModelRegistry(deployArtifact("ModelRegistry.sol:ModelRegistry", abi.encode(_circuits)));
        Release memory release;
        (release.publisher, release.model) = (address(this), "model");
        _release = _models.publish(release, "");
    }

    /// @dev A panel's numbers go together, weaknesses add up, and of the rest the largest counts.
    function testFuzz_EvidenceOfTwoKindsMerges(Assurance memory a, Assurance memory b) public {
        IEvidenceRouter router = _routerOf(
            address(new SayingVerifier(EvidenceKind.Signature)),
            address(new SayingVerifier(EvidenceKind.Tee))
        );
        Assurance memory merged = router.assess(_receipt(_said(EvidenceKind.Signature, a), _said(EvidenceKind.Tee, b)));
        // A verifier speaks for its own kind only, whatever it says.
        require(merged.kinds == (1 << uint8(EvidenceKind.Signature)) | (1 << uint8(EvidenceKind.Tee)), "other kinds");
        require(merged.flags == a.flags | b.flags, "a weakness got lost");
        (uint8 k, uint8 n) = b.quorumN > 0 ? (b.quorumK, b.quorumN) : (a.quorumK, a.quorumN);
        if (a.quorumN == 0 && b.quorumN == 0) (k, n) = (0, 0);
        require(merged.quorumK == k && merged.quorumN == n, "a panel that is nobody's");
        require(merged.minTcb == (b.minTcb > 0 ? b.minTcb : a.minTcb), "another rank");
        require(merged.tolerance == (a.tolerance > b.tolerance ? a.tolerance : b.tolerance), "another tolerance");
        require(merged.window == (a.window > b.window ? a.window : b.window), "another window");
        require(merged.stakeAtRisk == (a.stakeAtRisk > b.stakeAtRisk ? a.stakeAtRisk : b.stakeAtRisk), "another stake");
    }

    function test_ABatchWithoutAVerifierOfProofsAssessesEachApart() public {
        IEvidenceRouter router = _routerOf(
            address(new SayingVerifier(EvidenceKind.Signature)),
            address(new SayingVerifier(EvidenceKind.Tee))
        );
        Assurance memory said;
        said.stakeAtRisk = 5;
        Receipt[] memory receipts = new Receipt[](2);
        receipts[0] = _receipt(_said(EvidenceKind.Signature, said));
        receipts[1] = _receipt(_said(EvidenceKind.Zk, said));
        (Assurance[] memory assurances, bool[] memory verified) = router.assessMany(receipts);
        require(verified[0] && assurances[0].stakeAtRisk == 5 && assurances[0].kinds == 1, "lost the first");
        require(!verified[1] && assurances[1].kinds == 0, "verified what nothing verifies");
    }

    function test_ABatchFailsAsAWholeWhereOneSaysNothing() public {
        IEvidenceRouter router = _routerOf(
            address(new SayingVerifier(EvidenceKind.Signature)),
            address(new SilentVerifier(EvidenceKind.Tee))
        );
        Assurance memory said;
        Receipt[] memory receipts = new Receipt[](2);
        receipts[0] = _receipt(_said(EvidenceKind.Signature, said));
        receipts[1] = _receipt(_said(EvidenceKind.Tee, said));
        vm.expectRevert(abi.encodeWithSelector(IEvidenceRouter.BatchFailed.selector));
        router.assessMany(receipts);
    }

    function test_ABatchFailsWhereTheVerifierOfProofsDoes() public {
        IEvidenceRouter router = _routerOf(
            address(new SayingVerifier(EvidenceKind.Signature)),
            address(new SilentVerifier(EvidenceKind.Zk))
        );
        Assurance memory said;
        Receipt[] memory receipts = new Receipt[](1);
        receipts[0] = _receipt(_said(EvidenceKind.Signature, said));
        vm.expectRevert(abi.encodeWithSelector(IEvidenceRouter.BatchFailed.selector));
        router.assessMany(receipts);
    }

    function _routerOf(address a, address b) private returns (IEvidenceRouter) {
        address[] memory verifiers = new address[](2);
        (verifiers[0], verifiers[1]) = (a, b);
        bytes memory parameters = abi.encode(_models, _circuits, verifiers);
        return IEvidenceRouter(deployArtifact("EvidenceRouter.sol:EvidenceRouter", parameters));
    }

    function _said(EvidenceKind kind, Assurance memory assurance) private pure returns (Evidence memory) {
        return Evidence({kind: kind, data: abi.encode(assurance)});
    }

    function _receipt(Evidence memory only) private view returns (Receipt memory receipt) {
        receipt.release = _release;
        receipt.request = RequestId.wrap(keccak256("request"));
        receipt.evidence = new Evidence[](1);
        receipt.evidence[0] = only;
    }

    function _receipt(Evidence memory a, Evidence memory b) private view returns (Receipt memory receipt) {
        receipt = _receipt(a);
        receipt.evidence = new Evidence[](2);
        (receipt.evidence[0], receipt.evidence[1]) = (a, b);
    }
}

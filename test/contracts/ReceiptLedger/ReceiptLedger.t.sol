// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {CircuitRegistry} from "../../../contracts/CircuitRegistry.sol";
import {ModelRegistry} from "../../../contracts/ModelRegistry.sol";
import {StakeVault} from "../../../contracts/StakeVault.sol";
import {WrappedNative} from "../../../contracts/WrappedNative.sol";
import {SignatureEvidence} from "../../../contracts/evidence/SignatureEvidence.sol";
import {IEvidenceVerifier} from "../../../contracts/interfaces/IEvidenceVerifier.sol";
import {IReceiptLedger} from "../../../contracts/interfaces/IReceiptLedger.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {FuzzSelector, weighted} from "../FuzzSelector.sol";
import {LedgerHandler} from "./LedgerHandler.sol";

/// @dev The formulas are in docs/invariants.md.
contract ReceiptLedgerInvariants {
    uint96 private constant BOND = 0.01 ether;

    IReceiptLedger private _ledger;
    LedgerHandler private _handler;

    function setUp() public {
        CircuitRegistry circuits = new CircuitRegistry();
        ModelRegistry models = new ModelRegistry(circuits);
        StakeVault vault = new StakeVault(new WrappedNative("Wrapped Ether", "WETH"));
        IEvidenceVerifier[] memory verifiers = new IEvidenceVerifier[](1);
        IEvidenceVerifier proofs = IEvidenceVerifier(
            deployArtifact("Groth16Evidence.sol:Groth16Evidence", abi.encode(models, circuits))
        );
        SignatureEvidence signatures = new SignatureEvidence(vault, models, circuits, proofs, 0.1 ether);
        verifiers[0] = signatures;
        IEvidenceRouter router = IEvidenceRouter(
            deployArtifact("EvidenceRouter.sol:EvidenceRouter", abi.encode(models, circuits, verifiers))
        );
        _ledger = IReceiptLedger(deployArtifact("ReceiptLedger.sol:ReceiptLedger", abi.encode(router, BOND)));
        _handler = new LedgerHandler(_ledger, models, vault, signatures, router);
        for (uint256 r = 0; r < 6; ++r) {
            for (uint256 o = 0; o < 3; ++o) {
                _handler.deposit(r, o, true, 10 ether);
                _handler.deposit(r, o, false, 10 ether);
            }
        }
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        bytes memory often = bytes.concat(
            LedgerHandler.dispute.selector,
            LedgerHandler.prove.selector,
            LedgerHandler.claimInTime.selector,
            LedgerHandler.claimMany.selector,
            LedgerHandler.post.selector
        );
        bytes memory seldom = bytes.concat(
            bytes.concat(
                LedgerHandler.deposit.selector,
                LedgerHandler.announce.selector,
                LedgerHandler.withdrawDeposit.selector,
                LedgerHandler.withdrawEarnings.selector,
                LedgerHandler.withdrawBond.selector,
                LedgerHandler.releaseBond.selector
            ),
            bytes.concat(
                LedgerHandler.claim.selector,
                LedgerHandler.skip.selector,
                LedgerHandler.reportEquivocation.selector,
                LedgerHandler.objectVoucher.selector,
                LedgerHandler.voidVoucher.selector,
                LedgerHandler.pass.selector
            )
        );
        return weighted(address(_handler), often, seldom);
    }

    /// @dev One campaign for all properties: each names itself where it fails.
    function invariant_ReceiptLedger() public view {
        property_LedgerSolvency();
        property_VoucherPaidOnce();
        property_NoPaymentWithoutSignature();
        uint256 count = _handler.itemCount();
        if (count > 0) {
            // Of one item after another: reading all takes longer than the call.
            property_SkippedNeverSettledOrPaid(_handler.actions() % count);
            property_FinalityMonotone(_handler.actions() % count);
        }
        property_ItemsIndependent();
    }

    /// @dev At the end of each run: what was settled, skipped or paid stays so.
    function afterInvariant() public view {
        for (uint256 i = 0; i < _handler.itemCount(); ++i) {
            property_SkippedNeverSettledOrPaid(i);
            property_FinalityMonotone(i);
        }
    }

    function property_LedgerSolvency() public view {
        address token = address(_handler.token());
        require(
            _handler.token().balanceOf(address(_ledger)) == _channelsOf(token),
            "LedgerSolvency: tokens are not conserved"
        );

        uint256 bonds = _ledger.burned() + _handler.objectionBonds();
        for (uint256 i = 0; i < _handler.PARTIES(); ++i) {
            bonds += _ledger.bondOf(_handler.parties(i));
        }
        // Each batch has three items of the handler's.
        for (uint256 i = 0; i < _handler.itemCount(); i += 3) {
            IReceiptLedger.Batch memory batch = _ledger.batchOf(_handler.batchAt(i));
            bonds += batch.bond + batch.openDisputes * BOND;
        }
        require(address(_ledger).balance == _channelsOf(address(0)) + bonds, "LedgerSolvency: wei are not conserved");
    }

    function property_VoucherPaidOnce() public view {
        require(!_handler.paidTwice(), "VoucherPaidOnce: a voucher was paid twice");
    }

    function property_NoPaymentWithoutSignature() public view {
        require(
            !_handler.paidWithoutSignature(),
            "NoPaymentWithoutSignature: paid or proven without the requester's signature"
        );
    }

    function property_SkippedNeverSettledOrPaid(uint256 item) public view {
        if (!_handler.isSkipped(item)) return;
        require(!_handler.isSettled(item), "SkippedNeverSettledOrPaid: a skipped item is settled");
        require(!_handler.wasPaid(item), "SkippedNeverSettledOrPaid: a skipped item was paid");
    }

    function property_FinalityMonotone(uint256 item) public view {
        bool settled = _handler.isSettled(item);
        require(!_handler.wasSettled(item) || settled, "FinalityMonotone: a settled item is settled no more");
        require(!_handler.wasPaid(item) || settled, "FinalityMonotone: a paid item is not settled");
    }

    function property_ItemsIndependent() public view {
        require(!_handler.interfered(), "ItemsIndependent: an item's status changed with another's");
    }

    /// @dev Guards the others against a handler that does nothing.
    function test_HandlerReachesEveryState() public {
        for (uint256 seed = 0; seed < 6; ++seed) {
            _handler.post(seed, seed);
        }
        for (uint256 i = 0; i < 6; ++i) {
            _handler.dispute(i, i);
            if (i % 2 == 0) _tryProve(i);
        }
        _tryObject(6);
        _handler.pass(1.5 days);
        _handler.skip(1);
        _tryVoid(6);
        _handler.pass(1 days);
        for (uint256 i = 0; i < 18; ++i) {
            _tryClaim(i, true);
            _tryClaim(i, false);
        }
        _handler.announce(0, 0, true, 1 ether);
        for (uint256 i = 0; i < 6; ++i) {
            _handler.pass(2 days - 1);
        }
        _handler.withdrawDeposit(0, 0, true);
        require(_handler.provenCount() > 0, "nothing was proven");
        require(_handler.skippedCount() > 0, "nothing was skipped");
        require(_handler.paidCount() > 3, "nothing was paid");
        invariant_ReceiptLedger();
        afterInvariant();
    }

    function _tryProve(uint256 item) private {
        try _handler.prove(item, false, 1) {} catch {}
    }

    function _tryObject(uint256 item) private {
        try _handler.objectVoucher(item) {} catch {}
    }

    function _tryVoid(uint256 item) private {
        try _handler.voidVoucher(item) {} catch {}
    }

    function _tryClaim(uint256 item, bool forged) private {
        try _handler.claim(item, forged) {} catch {}
    }

    function _channelsOf(address token) private view returns (uint256 sum) {
        (uint256 operators, uint256 requesters) = (_handler.OPERATORS(), _handler.REQUESTERS());
        for (uint256 r = 0; r < requesters; ++r) {
            address requester = _handler.parties(operators + r);
            for (uint256 o = 0; o < operators; ++o) {
                IReceiptLedger.Channel memory channel = _ledger.channelOf(requester, _handler.parties(o), token);
                sum += uint256(channel.deposit) + channel.earned;
            }
        }
    }
}

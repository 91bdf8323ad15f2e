// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IEvidenceRouter} from "./interfaces/IEvidenceRouter.sol";
import {IReceiptLedger} from "./interfaces/IReceiptLedger.sol";
import {IReceiptProver} from "./interfaces/IReceiptProver.sol";
import {Assurances} from "./libraries/Assurances.sol";
import {Assurance} from "./types/Assurance.sol";
import {BatchItem, Inclusion} from "./types/Batch.sol";
import {Policy} from "./types/Policy.sol";
import {Receipt} from "./types/Receipt.sol";
import {Statement} from "./types/Statement.sol";
import {Terms} from "./types/Terms.sol";

/// @title ReceiptProver
/// @notice Proves items of a ledger's batches.
contract ReceiptProver is IReceiptProver, ERC165 {
    using Assurances for Assurance;

    IEvidenceRouter private immutable _router;

    /// @inheritdoc IReceiptProver
    IReceiptLedger public immutable ledger;

    /// @dev Made by the ledger itself.
    constructor(IEvidenceRouter router) {
        _router = router;
        ledger = IReceiptLedger(msg.sender);
    }

    /// @inheritdoc IReceiptProver
    function prove(
        Inclusion calldata inclusion,
        bytes calldata signature,
        Policy calldata policy,
        Receipt calldata receipt
    ) external {
        _requireStated(inclusion.item, policy, receipt);
        _record(inclusion, signature, _router.requireReceipt(receipt, policy).pack());
    }

    function _record(Inclusion calldata inclusion, bytes calldata signature, bytes32 assurance) private {
        ledger.recordProof(inclusion, signature, assurance);
    }

    function _requireStated(BatchItem calldata item, Policy memory policy, Receipt calldata receipt) private view {
        Statement memory statement = _router.statementOf(receipt);
        bytes32 brought = Terms({
            release: statement.release,
            request: statement.request,
            inputHash: statement.inputHash,
            policy: policy.hash()
        }).hash();
        require(brought == item.voucher.terms, ReceiptTermsMismatch(brought, item.voucher.terms));
        require(
            statement.operator == item.voucher.operator && statement.outputHash == item.outputHash,
            ReceiptStatementMismatch(statement.operator, statement.outputHash)
        );
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IReceiptProver).interfaceId || super.supportsInterface(interfaceId);
    }
}

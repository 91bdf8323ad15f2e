// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {Inclusion} from "../types/Batch.sol";
import {Policy} from "../types/Policy.sol";
import {Receipt} from "../types/Receipt.sol";
import {IReceiptLedger} from "./IReceiptLedger.sol";

/// @title IReceiptProver
/// @notice Proves items of a ledger's batches: the way to answer a dispute, and to have an assurance verified.
/// @dev A contract of its own because code is limited; it holds nothing and decides nothing that the ledger could not.
interface IReceiptProver {
    /// @notice The release, request, input or policy brought are not those of the voucher's terms.
    error ReceiptTermsMismatch(bytes32 brought, bytes32 signed);
    /// @notice The receipt is of another operator or another output than the item.
    error ReceiptStatementMismatch(address operator, bytes32 outputHash);

    /// @notice Verifies a receipt under the policy that the requester signed and records its assurance with the ledger.
    /// @dev Anyone may send it, once for an item: in time for a disputed one, at any time for an undisputed one.
    /// @param signature The requester's, as for `IReceiptLedger.claim`.
    /// @param policy The policy of the voucher's terms; the release's floor is demanded as well.
    function prove(
        Inclusion calldata inclusion,
        bytes calldata signature,
        Policy calldata policy,
        Receipt calldata receipt
    ) external;

    /// @notice Returns the ledger that made this prover.
    function ledger() external view returns (IReceiptLedger);
}

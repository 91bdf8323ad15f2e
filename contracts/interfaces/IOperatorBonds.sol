// SPDX-License-Identifier: MIT
pragma solidity >=0.8.27;

import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Statement} from "../types/Statement.sol";

/// @title IOperatorBonds
/// @notice Holds a standing bond of every operator, which answers for whatever it signs, and judges two faults that
/// signatures themselves show: two answers to one request, and an answer that a proof contradicts.
/// @dev Anyone may show a fault, once for a request. The whole bond is slashed: half of it, at most, rewards who showed it,
/// so that an operator that convicts itself loses the other half. A fault stays on record, also without a bond: that is
/// what forfeits the stake behind an answer in `InferenceRequests`.
/// @dev Warning: who copies a pending transaction takes its reward; send through a private relay.
interface IOperatorBonds {
    /// @notice An operator's bond stands until `lapsesAt`.
    event BondPosted(address indexed operator, uint256 amount, uint256 lapsesAt);
    /// @notice An operator was shown to have signed two answers (`proven` unset) or a false one.
    event FaultShown(
        address indexed operator,
        RequestId indexed request,
        address indexed challenger,
        address router,
        bool proven
    );

    error BondTooLow(uint256 amount, uint256 limit);
    /// @notice A bond that stands answers for what was signed under it: it is lowered by letting it lapse.
    error BondLowered(uint256 amount, uint256 standing);
    /// @notice The signature is not this operator's over this statement.
    error StatementNotSigned(address operator, bytes32 digest);
    /// @notice The statements differ in more than their output, or not at all.
    error StatementsNotContradictory();
    error FaultAlreadyShown(address operator, RequestId request);
    /// @notice Honest runs of the release may differ, or the circuit hides its output behind a salt, or anyone could have
    /// forged the proof: none of these convicts anybody.
    error ReleaseNotContradictable(ReleaseId release);

    /// @notice Puts `amount` of the sender's own stake behind all that it signs, for `MAX_LIABILITY`; renews or raises the
    /// bond that is there.
    /// @dev The sender has authorised this contract in the vault. Signature evidence needs a bond that stands for
    /// `MIN_REMAINING` more.
    function post(uint80 amount) external;

    /// @notice Shows that an operator signed two statements with different outputs for one request.
    /// @dev They agree in release and input, for a requester could otherwise make an honest operator sign both. Each may be signed by
    /// itself or in a batch: in the same, in two, or one so and one so.
    /// @param router Router under whose domain both were signed.
    /// @param signature Over the first statement, as signature evidence has it.
    /// @param outputHash Output of the second statement, which is otherwise the first.
    /// @param otherSignature Over the second statement, as signature evidence has it.
    function showEquivocation(
        address router,
        Statement calldata statement,
        bytes calldata signature,
        bytes32 outputHash,
        bytes calldata otherSignature
    ) external;

    /// @notice Shows that an operator signed an output which the release does not give, by a proof of the one that it does.
    /// @dev The proof is of the signed statement with the other output. Only bit-exact releases with a public output, under
    /// a circuit that is not a development set-up, convict.
    /// Warning: an operator trusts the set-up of every circuit whose releases it signs for.
    /// @param signature Over the statement, as signature evidence has it: by itself or in a batch.
    /// @param input Words of the input, which hash to the statement's.
    /// @param output Words of the proven output.
    /// @param proof Zk evidence, as `Groth16Evidence` reads it.
    function showContradiction(
        address router,
        Statement calldata statement,
        bytes calldata signature,
        uint256[] calldata input,
        uint256[] calldata output,
        bytes calldata proof
    ) external;

    /// @notice Returns the least that a bond may be.
    function minBond() external view returns (uint256);

    /// @notice Returns how long a bond must stand after a signature for it to count, in seconds.
    function MIN_REMAINING() external view returns (uint256);

    /// @notice Returns the bond behind what an operator signs now; 0 where it has none or it lapses too soon.
    function bondOf(address operator) external view returns (uint256);

    /// @notice Returns until when an operator's bond can be slashed; 0 where it has none.
    function lapsesAtOf(address operator) external view returns (uint256);

    /// @notice Returns who showed a fault of an operator in a request under a router's domain; zero where nobody did.
    function faultOf(address operator, address router, RequestId request) external view returns (address challenger);
}

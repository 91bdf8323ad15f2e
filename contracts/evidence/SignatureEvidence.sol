// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {ICircuitRegistry} from "../interfaces/ICircuitRegistry.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IOperatorBonds} from "../interfaces/IOperatorBonds.sol";
import {IStakeVault} from "../interfaces/IStakeVault.sol";
import {StatementSignatures} from "../libraries/StatementSignatures.sol";
import {Words} from "../libraries/Words.sol";
import {Assurance} from "../types/Assurance.sol";
import {SetupClass, TensorEncoding, WordMode} from "../types/Circuit.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {CircuitId, ReleaseId, RequestId} from "../types/Ids.sol";
import {RuntimeClass} from "../types/Release.sol";
import {Statement} from "../types/Statement.sol";

/// @title SignatureEvidence
/// @notice EIP-712 signature of a bonded operator over its statement: 65 bytes `r ‖ s ‖ v`, low `s`; or over the root of a batch of
/// statements, and behind it the path to that root (`StatementSignatures`). Holds the bonds, and judges the faults that signatures
/// themselves show.
/// @dev Warning: a signature says who answered, not that the answer is right; it weighs as much as the stake behind it, and
/// one bond is behind all that an operator signs.
contract SignatureEvidence is IEvidenceVerifier, IOperatorBonds, ERC165 {
    using StatementSignatures for bytes32;
    using Words for uint256[];

    struct Bond {
        uint80 amount;
        uint40 lapsesAt;
    }

    /// @inheritdoc IOperatorBonds
    uint256 public constant MIN_REMAINING = 3 days;

    /// @dev The one liability that this contract holds of each operator.
    bytes32 private constant BOND = keccak256("vouch.bond.v1");

    /// @inheritdoc IOperatorBonds
    uint256 public immutable minBond;

    IStakeVault private immutable _vault;
    IModelRegistry private immutable _models;
    ICircuitRegistry private immutable _circuits;
    IEvidenceVerifier private immutable _proofs;

    mapping(address operator => Bond bond) private _bonds;
    mapping(address operator => mapping(address router => mapping(RequestId request => address challenger)))
        private _faults;

    /// @notice Neither 65 bytes nor a path of 1 to 40 siblings behind them, a high `s`, or a point that recovers to nobody.
    error SignatureMalformed(ECDSA.RecoverError reason);
    error SignatureNotByOperator(address signer, address operator);
    /// @notice Nothing of the operator's answers for what it signs now, or not for long enough.
    error OperatorWithoutBond(address operator);

    constructor(
        IStakeVault vault,
        IModelRegistry models,
        ICircuitRegistry circuits,
        IEvidenceVerifier proofs,
        uint80 minBond_
    ) {
        _vault = vault;
        _models = models;
        _circuits = circuits;
        _proofs = proofs;
        minBond = minBond_;
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Signature;
    }

    /// @inheritdoc IOperatorBonds
    function post(uint80 amount) external {
        require(amount >= minBond && amount > 0, BondTooLow(amount, minBond));

        Bond memory bond = _bonds[msg.sender];
        bool standing = block.timestamp <= bond.lapsesAt;
        require(!standing || amount >= bond.amount, BondLowered(amount, bond.amount));

        uint256 lapsesAt = block.timestamp + _vault.MAX_LIABILITY();
        // Fits until the year 36,000.
        _bonds[msg.sender] = Bond({amount: amount, lapsesAt: uint40(lapsesAt)});

        emit BondPosted(msg.sender, amount, lapsesAt);

        _vault.close(msg.sender, BOND);
        // What may be compensated is own stake: so is the whole bond.
        _vault.open({operator: msg.sender, liability: BOND, amount: amount, compensation: amount, until: lapsesAt});
    }

    /// @inheritdoc IOperatorBonds
    function showEquivocation(
        address router,
        Statement calldata statement,
        bytes calldata signature,
        bytes32 outputHash,
        bytes calldata otherSignature
    ) external {
        Statement memory other = statement;
        other.outputHash = outputHash;
        require(outputHash != statement.outputHash, StatementsNotContradictory());
        _requireSigned(router, statement, signature);
        _requireSigned(router, other, otherSignature);

        _convict(router, statement, false);
    }

    /// @inheritdoc IOperatorBonds
    function showContradiction(
        address router,
        Statement calldata statement,
        bytes calldata signature,
        uint256[] calldata input,
        uint256[] calldata output,
        bytes calldata proof
    ) external {
        _requireContradictable(statement.release);
        Statement memory other = statement;
        other.outputHash = output.hash();
        bool contradicts = other.outputHash != statement.outputHash && input.hash() == statement.inputHash;
        require(contradicts, StatementsNotContradictory());
        _requireSigned(router, statement, signature);
        _proofs.verify(other, other.digestFor(router), input, output, proof);

        _convict(router, statement, true);
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata statement,
        bytes32 digest,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata data
    ) external view returns (Assurance memory assurance) {
        // The router calls: it built `digest`, and a batch is signed under its domain.
        (address signer, ECDSA.RecoverError reason) = digest.tryRecover(msg.sender, data);
        require(reason == ECDSA.RecoverError.NoError, SignatureMalformed(reason));
        require(signer == statement.operator, SignatureNotByOperator(signer, statement.operator));
        uint256 bond = bondOf(signer);
        require(bond > 0, OperatorWithoutBond(signer));

        assurance.kinds = uint8(1 << uint8(EvidenceKind.Signature));
        // A bond has 80 bits.
        assurance.stakeAtRisk = uint128(bond);
    }

    /// @inheritdoc IOperatorBonds
    function lapsesAtOf(address operator) external view returns (uint256) {
        return _bonds[operator].lapsesAt;
    }

    /// @inheritdoc IOperatorBonds
    function faultOf(address operator, address router, RequestId request) external view returns (address challenger) {
        return _faults[operator][router][request];
    }

    /// @inheritdoc IOperatorBonds
    function bondOf(address operator) public view returns (uint256) {
        Bond storage bond = _bonds[operator];
        return bond.lapsesAt >= block.timestamp + MIN_REMAINING ? bond.amount : 0;
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IEvidenceVerifier).interfaceId ||
            interfaceId == type(IOperatorBonds).interfaceId ||
            super.supportsInterface(interfaceId);
    }

    function _convict(address router, Statement calldata statement, bool proven) private {
        address operator = statement.operator;
        mapping(RequestId request => address challenger) storage faults = _faults[operator][router];
        require(faults[statement.request] == address(0), FaultAlreadyShown(operator, statement.request));
        Bond memory bond = _bonds[operator];

        faults[statement.request] = msg.sender;
        delete _bonds[operator];

        emit FaultShown(operator, statement.request, msg.sender, router, proven);

        if (block.timestamp > bond.lapsesAt) return;
        IStakeVault.Verdict memory verdict = IStakeVault.Verdict({
            amount: bond.amount,
            injured: address(0),
            compensation: 0,
            challenger: msg.sender,
            reward: bond.amount
        });
        _vault.slash(operator, BOND, verdict);
    }

    function _requireContradictable(ReleaseId id) private view {
        IModelRegistry.ReleaseRecord memory release = _models.releaseOf(id);
        bool contradictable = release.runtime == RuntimeClass.BitExact && release.circuit != CircuitId.wrap(0);
        if (contradictable) {
            (, TensorEncoding memory output) = _circuits.encodingsOf(release.circuit);
            (SetupClass setup, ) = _circuits.setupOf(release.circuit);
            contradictable = output.mode == WordMode.Public && setup != SetupClass.Development;
        }
        require(contradictable, ReleaseNotContradictable(id));
    }

    /// @dev In either form that `verify` takes: what convicts is what was evidence.
    function _requireSigned(address router, Statement memory statement, bytes calldata signature) private view {
        bytes32 digest = statement.digestFor(router);
        (address signer, ECDSA.RecoverError failure) = digest.tryRecover(router, signature);
        bool signed = failure == ECDSA.RecoverError.NoError && signer == statement.operator;
        require(signed, StatementNotSigned(statement.operator, digest));
    }
}

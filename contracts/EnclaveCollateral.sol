// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IEnclaveAuthorities} from "./interfaces/IEnclaveAuthorities.sol";
import {IEnclaveCollateral} from "./interfaces/IEnclaveCollateral.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {P256Precompile} from "./libraries/P256Precompile.sol";
import {QeIdentity} from "./libraries/QeIdentity.sol";
import {TcbInfo} from "./libraries/TcbInfo.sol";
import {AuthorityRole, Collateral} from "./types/Collateral.sol";
import {Signature} from "./types/P256.sol";
import {TeeType} from "./types/Tcb.sol";

/// @title EnclaveCollateral
/// @notice TCB info and identities of quoting enclaves, verified once when they are brought and kept as rows.
/// @dev Contents are read where they lie.
contract EnclaveCollateral is IEnclaveCollateral, ERC165, Multicall {
    IEnclaveAuthorities private immutable _authorities;

    mapping(TeeType tee => mapping(bytes6 fmspc => Collateral row)) private _tcbInfos;
    mapping(TeeType tee => Collateral row) private _qeIdentities;

    constructor(IEnclaveAuthorities authorities) {
        _authorities = authorities;
    }

    /// @inheritdoc IEnclaveCollateral
    function refreshTcbInfo(bytes calldata text, Signature calldata signature) external {
        _requireSigned(text, signature);
        TcbInfo.Info memory info = TcbInfo.read(text);
        _replace(
            _tcbInfos[info.tee][info.fmspc],
            Collateral({
                evaluation: info.evaluation,
                issuedAt: info.issuedAt,
                nextUpdate: info.nextUpdate,
                content: CodeStorage.write(abi.encode(info)),
                signer: signature.key.idOf()
            })
        );

        emit TcbInfoRefreshed(info.fmspc, info.tee, info.evaluation, info.issuedAt, info.nextUpdate);
    }

    /// @inheritdoc IEnclaveCollateral
    function refreshQeIdentity(bytes calldata text, Signature calldata signature) external {
        _requireSigned(text, signature);
        QeIdentity.Identity memory identity = QeIdentity.read(text);
        _replace(
            _qeIdentities[identity.tee],
            Collateral({
                evaluation: identity.evaluation,
                issuedAt: identity.issuedAt,
                nextUpdate: identity.nextUpdate,
                content: CodeStorage.write(abi.encode(identity)),
                signer: signature.key.idOf()
            })
        );

        emit QeIdentityRefreshed(identity.tee, identity.evaluation, identity.issuedAt, identity.nextUpdate);
    }

    /// @inheritdoc IEnclaveCollateral
    function tcbInfoOf(TeeType tee, bytes6 fmspc) external view returns (Collateral memory) {
        return _tcbInfos[tee][fmspc];
    }

    /// @inheritdoc IEnclaveCollateral
    function qeIdentityOf(TeeType tee) external view returns (Collateral memory) {
        return _qeIdentities[tee];
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IEnclaveCollateral).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Monotone in the evaluation number and in the date, both, unless who signed the row has no say any more.
    function _replace(Collateral storage row, Collateral memory by) private {
        require(block.timestamp >= by.issuedAt, CollateralNotYetValid(by.issuedAt));
        require(block.timestamp <= by.nextUpdate, CollateralExpired(by.nextUpdate));
        bool newer = by.evaluation >= row.evaluation && by.issuedAt > row.issuedAt;
        require(newer || _isRevoked(row.signer), CollateralStale(row.evaluation, row.issuedAt));

        (row.evaluation, row.issuedAt, row.nextUpdate) = (by.evaluation, by.issuedAt, by.nextUpdate);
        (row.content, row.signer) = (by.content, by.signer);
    }

    function _isRevoked(bytes32 signer) private view returns (bool) {
        return _authorities.revokedAt(_authorities.root(), _authorities.authorityOf(signer).serial) > 0;
    }

    function _requireSigned(bytes calldata text, Signature calldata by) private view {
        bytes32 id = by.key.idOf();
        AuthorityRole role = _authorities.requireAuthority(id).role;
        require(role == AuthorityRole.TcbSigning, IEnclaveAuthorities.AuthorityRoleMismatch(id, role));
        require(P256Precompile.verify(sha256(text), by), CollateralSignatureInvalid(id));
    }
}

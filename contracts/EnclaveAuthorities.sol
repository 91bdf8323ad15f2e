// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IEnclaveAuthorities} from "./interfaces/IEnclaveAuthorities.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {P256Precompile} from "./libraries/P256Precompile.sol";
import {X509} from "./libraries/X509.sol";
import {Authority, AuthorityRole, Revocations} from "./types/Collateral.sol";
import {PublicKey} from "./types/P256.sol";

/// @title EnclaveAuthorities
/// @notice Certificates of the vendor's authorities and their lists of revoked ones, verified once when they are brought.
/// @dev Immutable: another root is another contract.
contract EnclaveAuthorities is IEnclaveAuthorities, ERC165, Multicall {
    using X509 for bytes;

    // Intel SGX Root CA: https://certificates.trustedservices.intel.com/IntelSGXRootCA.der
    bytes32 private constant INTEL_X = 0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5;
    bytes32 private constant INTEL_Y = 0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394;
    // The private key is SHA-256 of "vouch.simulated.enclave.root.v1": whoever can read this can sign with it.
    bytes32 private constant SIMULATED_X = 0x4b8f032392cc43ec2d2ad837070c653dcdfd03d3d5df5bbeab8dd978b4d6c04f;
    bytes32 private constant SIMULATED_Y = 0xdbfb771e0cc5c7bcbb3b32636f1f939ab408df9bee5edd7c7ace4889e926b840;

    bytes32 private constant PLATFORM_CA = "Intel SGX PCK Platform CA";
    bytes32 private constant PROCESSOR_CA = "Intel SGX PCK Processor CA";
    bytes32 private constant TCB_SIGNING = "Intel SGX TCB Signing";

    /// @dev Entries of a list that one account holds, and 25 bytes each.
    uint256 private constant CHUNK = 900 * X509.ENTRY_BYTES;

    /// @inheritdoc IEnclaveAuthorities
    bool public immutable simulated;

    mapping(bytes32 id => Authority authority) private _authorities;
    mapping(bytes32 issuer => Revocations list) private _revocations;

    constructor(bool simulated_) {
        P256Precompile.requirePresent();
        simulated = simulated_;
    }

    /// @inheritdoc IEnclaveAuthorities
    function addAuthority(bytes calldata certificate) external returns (bytes32 id) {
        certificate.requireSignedBy(_rootKey());
        (X509.Certificate memory read, ) = certificate.read("");
        AuthorityRole role = _roleOf(read);
        id = read.key.idOf();
        require(block.timestamp >= read.notBefore, AuthorityNotYetValid(id, read.notBefore));
        require(block.timestamp <= read.notAfter, AuthorityExpired(id, read.notAfter));
        uint40 kept = _authorities[id].notBefore;
        require(read.notBefore > kept, AuthorityStale(id, kept));

        _authorities[id] = Authority({
            role: role,
            notBefore: read.notBefore,
            notAfter: read.notAfter,
            serial: read.serial,
            name: read.subjectName
        });

        emit AuthorityAdded(id, role, read.notAfter);
    }

    /// @inheritdoc IEnclaveAuthorities
    function refreshRevocations(bytes calldata list, PublicKey calldata issuerKey) external {
        bytes32 issuer = issuerKey.idOf();
        list.requireSignedBy(issuerKey);
        X509.RevocationList memory read = list.readList();
        if (issuer != root()) {
            Authority memory authority = requireAuthority(issuer);
            bool certifies = authority.role != AuthorityRole.TcbSigning;
            require(certifies, AuthorityRoleMismatch(issuer, authority.role));
            require(read.issuerName == authority.name, IssuerMismatch(issuer));
        }
        require(block.timestamp >= read.thisUpdate, RevocationsNotYetValid(issuer, read.thisUpdate));
        require(block.timestamp <= read.nextUpdate, RevocationsExpired(issuer, read.nextUpdate));
        Revocations storage row = _revocations[issuer];
        bool newer = read.number >= row.number && read.thisUpdate > row.thisUpdate;
        require(newer, RevocationsStale(issuer, row.number, row.thisUpdate));

        (row.number, row.thisUpdate, row.nextUpdate) = (read.number, read.thisUpdate, read.nextUpdate);
        delete row.parts;
        for (uint256 from = 0; from < read.entries.length; from += CHUNK) {
            row.parts.push(CodeStorage.write(X509.slice(read.entries, from, from + CHUNK)));
        }

        emit RevocationsRefreshed(issuer, read.number, read.thisUpdate, read.nextUpdate);
    }

    /// @inheritdoc IEnclaveAuthorities
    function authorityOf(bytes32 id) external view returns (Authority memory) {
        return _authorities[id];
    }

    /// @inheritdoc IEnclaveAuthorities
    function revocationsOf(bytes32 issuer) external view returns (Revocations memory) {
        return _revocations[issuer];
    }

    /// @inheritdoc IEnclaveAuthorities
    function nextUpdateOf(bytes32 issuer) external view returns (uint40) {
        return _revocations[issuer].nextUpdate;
    }

    /// @inheritdoc IEnclaveAuthorities
    function requireAuthority(bytes32 id) public view returns (Authority memory authority) {
        authority = _authorities[id];
        require(authority.role != AuthorityRole.None, AuthorityUnknown(id));
        require(block.timestamp <= authority.notAfter, AuthorityExpired(id, authority.notAfter));
        bytes32 issuer = root();
        uint256 nextUpdate = _revocations[issuer].nextUpdate;
        require(revokedAt(issuer, authority.serial) == 0, AuthorityRevoked(id));
        require(block.timestamp <= nextUpdate, RevocationsExpired(issuer, nextUpdate));
    }

    /// @inheritdoc IEnclaveAuthorities
    function revokedAt(bytes32 issuer, uint160 serial) public view returns (uint40 time) {
        Revocations storage list = _revocations[issuer];
        require(list.thisUpdate > 0, RevocationsMissing(issuer));
        address[] storage parts = list.parts;
        for (uint256 i = 0; i < parts.length && time == 0; ++i) {
            time = X509.revokedAt(CodeStorage.read(parts[i]), serial);
        }
    }

    /// @inheritdoc IEnclaveAuthorities
    function root() public view returns (bytes32) {
        return _rootKey().idOf();
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IEnclaveAuthorities).interfaceId || super.supportsInterface(interfaceId);
    }

    function _rootKey() private view returns (PublicKey memory) {
        if (simulated) return PublicKey({x: SIMULATED_X, y: SIMULATED_Y});
        return PublicKey({x: INTEL_X, y: INTEL_Y});
    }

    /// @dev By its name, and by whether its key may certify: that of TCB signing may not.
    function _roleOf(X509.Certificate memory certificate) private pure returns (AuthorityRole role) {
        if (certificate.commonName == PLATFORM_CA) role = AuthorityRole.PckPlatform;
        else if (certificate.commonName == PROCESSOR_CA) role = AuthorityRole.PckProcessor;
        else if (certificate.commonName == TCB_SIGNING) role = AuthorityRole.TcbSigning;
        bool certifies = role != AuthorityRole.TcbSigning;
        bool known = role != AuthorityRole.None && certificate.isAuthority == certifies;
        require(known, AuthorityNameUnknown(certificate.commonName));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TdxModule} from "../types/Enclave.sol";
import {PublicKey} from "../types/P256.sol";
import {Quote} from "../types/Quote.sol";
import {TeeType} from "../types/Tcb.sol";
import {EnclaveReport} from "./EnclaveReport.sol";
import {P256Precompile} from "./P256Precompile.sol";

/// @title DcapQuote
/// @notice Reads quotes of SGX (versions 3, 4 and 5) and of TDX (4 and 5) and verifies what signs what in them.
/// @dev Intel, "TDX DCAP Quoting Library API", A.3 and A.4, and "SGX ECDSA QuoteLibReferenceDCAP API", A.4. Offsets are from the
/// start of the body; numbers are little-endian.
library DcapQuote {
    using EnclaveReport for bytes;

    /// @notice Another version, key type, vendor or length than is read here.
    error QuoteUnsupported();
    /// @notice The attestation key did not sign the quote.
    error QuoteSignatureInvalid();
    /// @notice The platform's PCK key did not sign the quoting enclave's report.
    error QeReportSignatureInvalid();
    /// @notice The quoting enclave does not vouch for the attestation key.
    error AttestationKeyUnbound();
    /// @notice Whoever runs the enclave can read and write its memory.
    error EnclaveInDebugMode();
    /// @notice A bit that is reserved, or an attribute that weakens the enclave: all but `SEPT_VE_DISABLE` of a TD, and that is
    /// demanded.
    error EnclaveAttributesRefused(bytes16 attributes);

    uint256 private constant HEADER = 48;
    uint256 private constant TD10 = 584;
    uint256 private constant TD15 = 648;
    uint256 private constant TD_REPORT_DATA = 520;
    /// @dev ECDSA on P-256, little-endian.
    bytes2 private constant ECDSA_P256 = 0x0200;
    bytes4 private constant TEE_TDX = 0x81000000;
    bytes16 private constant INTEL = 0x939a7233f79c4ca9940a0db3957f0607;
    /// @dev Bit 28 of 64, little-endian: the host cannot make the guest take an exception where it expects memory.
    bytes8 private constant SEPT_VE_DISABLE = 0x0000001000000000;
    bytes1 private constant TD_DEBUG = 0x01;
    /// @dev INIT, MODE64BIT, PROVISIONKEY, EINITTOKENKEY, CET, KSS of the first byte and AEXNOTIFY of the second.
    bytes8 private constant SGX_FLAGS = 0xf504000000000000;
    bytes8 private constant SGX_INIT = 0x0100000000000000;

    /// @notice Returns the body and what it is of; demands the constants of the header.
    function bodyOf(bytes calldata signed) internal pure returns (TeeType tee, bytes calldata body) {
        require(signed.length > HEADER + 6, QuoteUnsupported());
        uint256 version = uint256(uint8(signed[0])) | (uint256(uint8(signed[1])) << 8);
        bytes4 teeType = bytes4(signed[4:8]);
        bool tdx = teeType == TEE_TDX;
        bool known =
            bytes2(signed[2:4]) == ECDSA_P256 &&
                (tdx || teeType == 0) &&
                bytes16(signed[12:28]) == INTEL &&
                version > (tdx ? 3 : 2) &&
                version < 6;
        require(known, QuoteUnsupported());
        tee = tdx ? TeeType.Tdx : TeeType.Sgx;
        body = signed[HEADER:];
        if (version < 5) {
            require(body.length == (tdx ? TD10 : EnclaveReport.LENGTH), QuoteUnsupported());
            return (tee, body);
        }
        // Type (2) and size (4) of the body stand before it.
        bytes6 descriptor = bytes6(body);
        body = body[6:];
        bool described =
            tdx
                ? (descriptor == 0x020048020000 && body.length == TD10) ||
                    (descriptor == 0x030088020000 && body.length == TD15)
                : descriptor == 0x010080010000 && body.length == EnclaveReport.LENGTH;
        require(described, QuoteUnsupported());
    }

    /// @notice Demands that the PCK key vouches for the quoting enclave, that for the attestation key, and that for the quote.
    function requireSigned(Quote calldata quote) internal view {
        bytes calldata report = quote.qeReport;
        require(report.length == EnclaveReport.LENGTH, QuoteUnsupported());
        require(P256Precompile.verify(sha256(report), quote.certification), QeReportSignatureInvalid());
        PublicKey calldata key = quote.attestation.key;
        bytes32 binding = sha256(bytes.concat(key.x, key.y, quote.qeAuthData));
        bytes calldata data = report.reportData();
        require(bytes32(data) == binding && bytes32(data[32:]) == 0, AttestationKeyUnbound());
        require(P256Precompile.verify(sha256(quote.signed), quote.attestation), QuoteSignatureInvalid());
    }

    /// @notice Demands that nobody outside may look into the enclave.
    function requireSealed(TeeType tee, bytes calldata body) internal pure {
        if (tee == TeeType.Sgx) {
            bytes16 attributes = body.attributes();
            require(!body.isDebug(), EnclaveInDebugMode());
            bool plain = bytes8(attributes) & ~SGX_FLAGS == 0 && bytes8(attributes) & SGX_INIT != 0 && _isPlain(body);
            require(plain, EnclaveAttributesRefused(attributes));
            return;
        }
        bytes8 flags = bytes8(body[120:128]);
        require(bytes1(flags) & TD_DEBUG == 0, EnclaveInDebugMode());
        require(flags == SEPT_VE_DISABLE, EnclaveAttributesRefused(flags));
    }

    /// @notice Returns the 64 bytes that the enclave chose.
    function reportDataOf(TeeType tee, bytes calldata body) internal pure returns (bytes calldata) {
        return tee == TeeType.Tdx ? body[TD_REPORT_DATA:TD_REPORT_DATA + 64] : body.reportData();
    }

    /// @notice Returns what a TD says of its TDX module.
    function moduleOf(bytes calldata body) internal pure returns (TdxModule memory) {
        return
            TdxModule({
                teeTcbSvn: bytes16(body),
                attributes: bytes8(body[112:120]),
                signerHash: keccak256(body[64:112])
            });
    }

    /// @notice Returns the hash of all that is measured of a TD: attributes, XFAM, MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG and
    /// RTMR0 to RTMR3, 400 bytes as they stand in the quote, and MRSERVICETD, which is zero where there is none.
    function measurementOfTd(bytes calldata body) internal pure returns (bytes32) {
        bytes memory service = body.length == TD15 ? body[TD15 - 48:] : new bytes(48);
        return keccak256(bytes.concat("vouch.tdx.v1", body[120:TD_REPORT_DATA], service));
    }

    /// @notice Returns the hash of all that is measured of an enclave: MRENCLAVE, and CONFIGID and CONFIGSVN, which change what
    /// an enclave does that reads them.
    function measurementOfEnclave(bytes calldata body) internal pure returns (bytes32) {
        return keccak256(bytes.concat("vouch.sgx.v1", body.mrEnclave(), body[192:256], body[260:262]));
    }

    /// @notice Returns the hash of who signed an enclave and as which product (ISVPRODID, ISVEXTPRODID, ISVFAMILYID), with CONFIGID
    /// and CONFIGSVN.
    function measurementOfSigner(bytes calldata body) internal pure returns (bytes32) {
        return
            keccak256(
                bytes.concat("vouch.sgx-signer.v1", body.mrSigner(), _product(body), body[192:256], body[260:262])
            );
    }

    function _product(bytes calldata body) private pure returns (bytes memory) {
        return bytes.concat(body[256:258], body[32:48], body[304:320]);
    }

    /// @dev All that an SGX report has no meaning for is zero.
    function _isPlain(bytes calldata body) private pure returns (bool) {
        bytes32 zero = bytes32(body[20:32]) | bytes32(body[96:128]) | bytes32(body[160:192]);
        return zero | bytes32(body[262:294]) | bytes32(body[294:304]) == 0;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DcapQuote} from "../../../contracts/libraries/DcapQuote.sol";
import {TdxModule} from "../../../contracts/types/Enclave.sol";
import {PublicKey, Signature} from "../../../contracts/types/P256.sol";
import {Quote} from "../../../contracts/types/Quote.sol";
import {TeeType} from "../../../contracts/types/Tcb.sol";
import {requireRefused} from "../refused.sol";
import {vm} from "../Vm.sol";

contract DcapQuoteReader {
    function bodyOf(bytes calldata signed) external pure returns (TeeType tee, bytes memory body) {
        return DcapQuote.bodyOf(signed);
    }

    function requireSigned(Quote calldata quote) external view {
        DcapQuote.requireSigned(quote);
    }

    function requireSealed(TeeType tee, bytes calldata body) external pure {
        DcapQuote.requireSealed(tee, body);
    }

    function reportDataOf(TeeType tee, bytes calldata body) external pure returns (bytes memory) {
        return DcapQuote.reportDataOf(tee, body);
    }

    function moduleOf(bytes calldata body) external pure returns (TdxModule memory) {
        return DcapQuote.moduleOf(body);
    }

    function measurementOfTd(bytes calldata body) external pure returns (bytes32) {
        return DcapQuote.measurementOfTd(body);
    }

    function measurementOfEnclave(bytes calldata body) external pure returns (bytes32) {
        return DcapQuote.measurementOfEnclave(body);
    }

    function measurementOfSigner(bytes calldata body) external pure returns (bytes32) {
        return DcapQuote.measurementOfSigner(body);
    }
}

/// @title DcapQuoteTest
/// @notice Each byte of a quote is where it is told apart: what is refused, what is measured, and what is neither.
contract DcapQuoteTest {
    uint256 private constant TD10 = 584;
    uint256 private constant TD15 = 648;
    uint256 private constant ENCLAVE = 384;
    /// @dev PCK key and attestation key.
    uint256 private constant PCK = 11;
    uint256 private constant ATTESTATION = 12;

    DcapQuoteReader private immutable _reader = new DcapQuoteReader();

    /* HEADER */

    function test_EveryVersionHasItsBodies() public view {
        for (uint8 version = 0; version < 8; ++version) {
            for (uint256 i = 0; i < 6; ++i) {
                bool tdx = i > 2;
                bytes memory body = new bytes([TD10, TD15, ENCLAVE][i % 3]);
                bool plain = body.length == (tdx ? TD10 : ENCLAVE);
                bool accepted = plain && version > (tdx ? 3 : 2) && version < 5;
                _requireRead(bytes.concat(_header(version, tdx), body), accepted, tdx, body);
                // Type and size of the body.
                bool described = version == 5 && (plain || (tdx && body.length == TD15));
                bytes memory descriptor = [bytes(hex"020048020000"), hex"030088020000", hex"010080010000"][i % 3];
                body[0] = 0x07;
                _requireRead(bytes.concat(_header(version, tdx), descriptor, body), described, tdx, body);
            }
        }
    }

    /// @dev Each bit of a header: constants are demanded, the rest is the quoting enclave's own.
    function test_AHeaderHasItsConstants() public view {
        bytes memory body = new bytes(TD10);
        for (uint256 bit = 0; bit < 8 * 48; ++bit) {
            bytes memory header = _header(4, true);
            header[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
            uint256 index = bit / 8;
            bool free = (index >= 8 && index < 12) || index >= 28;
            // Four becomes five, whose body is described.
            _requireRead(bytes.concat(header, body), free, true, body);
        }
    }

    function test_ADescriptorIsThatOfItsBody() public view {
        bytes memory body = new bytes(TD15);
        for (uint256 bit = 0; bit < 48; ++bit) {
            bytes memory descriptor = hex"030088020000";
            descriptor[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
            _requireRead(bytes.concat(_header(5, true), descriptor, body), false, true, body);
        }
        bytes memory other = new bytes(TD10);
        _requireRead(bytes.concat(_header(5, true), hex"030088020000", other), false, true, other);
        _requireRead(bytes.concat(_header(5, true), hex"020048020000", body), false, true, body);
        _requireRead(bytes.concat(_header(5, false), hex"020048020000", other), false, false, other);
        _requireRead(bytes.concat(_header(5, true), hex"010080010000", new bytes(ENCLAVE)), false, true, "");
    }

    function test_ABodyIsWhole() public view {
        for (uint256 length = 0; length < 700; ++length) {
            bytes memory signed = bytes.concat(_header(4, true), new bytes(length));
            _requireRead(signed, length == TD10, true, new bytes(length));
            signed = bytes.concat(_header(3, false), new bytes(length));
            _requireRead(signed, length == ENCLAVE, false, new bytes(length));
            bytes memory cut = new bytes(length < 48 ? length : 48);
            for (uint256 i = 0; i < cut.length; ++i) cut[i] = signed[i];
            _requireRead(cut, false, false, "");
        }
    }

    /* ATTRIBUTES */

    /// @dev SEPT_VE_DISABLE and nothing else: each bit alone, and beside it.
    function test_ATdHasOneAttribute() public view {
        bytes memory body = _td();
        _reader.requireSealed(TeeType.Tdx, body);
        for (uint256 bit = 0; bit < 64; ++bit) {
            bytes memory other = bytes.concat(body);
            other[120 + bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
            bytes memory flags = _part(other, 120, 8);
            bytes memory refused = abi.encodeWithSelector(DcapQuote.EnclaveAttributesRefused.selector, bytes16(flags));
            if (bit == 0) refused = abi.encodeWithSelector(DcapQuote.EnclaveInDebugMode.selector);
            _requireNotSealed(TeeType.Tdx, other, refused);
        }
    }

    /// @dev Each bit of an enclave's report: DEBUG, INIT, what is reserved, and what an enclave may have.
    function test_AnEnclaveHasNothingThatIsReserved() public view {
        bytes memory body = _enclave();
        _reader.requireSealed(TeeType.Sgx, body);
        for (uint256 bit = 0; bit < 8 * ENCLAVE; ++bit) {
            uint256 index = bit / 8;
            bytes memory other = bytes.concat(body);
            other[index] ^= bytes1(uint8(1 << (bit % 8)));
            bool reserved =
                (index >= 20 && index < 32) || (index >= 96 && index < 128) || (index >= 160 && index < 192);
            reserved = reserved || (index >= 262 && index < 304);
            // INIT, MODE64BIT, PROVISIONKEY, EINITTOKENKEY, CET, KSS: 0, 2, 4, 5, 6, 7; AEXNOTIFY: 10.
            if (index >= 48 && index < 56) {
                uint256 flag = bit - 8 * 48;
                reserved = flag == 0 || flag == 3 || flag == 8 || flag == 9 || flag > 10;
            }
            bytes memory refused = abi.encodeWithSelector(
                DcapQuote.EnclaveAttributesRefused.selector,
                bytes16(_part(other, 48, 16))
            );
            if (bit == 8 * 48 + 1) refused = abi.encodeWithSelector(DcapQuote.EnclaveInDebugMode.selector);
            if (reserved || bit == 8 * 48 + 1) _requireNotSealed(TeeType.Sgx, other, refused);
            else _reader.requireSealed(TeeType.Sgx, other);
        }
    }

    /* WHAT IS SAID */

    /// @dev Each byte of a TD: measured, or of its module, or its report data, or not read.
    function test_ATdIsMeasuredWhole() public view {
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory body = new bytes(i == 0 ? TD10 : TD15);
            bytes32 measurement = _reader.measurementOfTd(body);
            bytes32 said = keccak256(abi.encode(_reader.moduleOf(body)));
            for (uint256 index = 0; index < body.length; ++index) {
                body[index] = 0x01;
                bool measured = (index >= 120 && index < 520) || index >= 600;
                require((_reader.measurementOfTd(body) != measurement) == measured, "measured otherwise");
                bool told = index < 16 || (index >= 64 && index < 120);
                require((keccak256(abi.encode(_reader.moduleOf(body))) != said) == told, "another module");
                bytes memory data = _reader.reportDataOf(TeeType.Tdx, body);
                require(keccak256(data) == keccak256(_part(body, 520, 64)), "other report data");
                body[index] = 0x00;
            }
        }
        // Without a service TD it is the same under both versions.
        require(_reader.measurementOfTd(new bytes(TD10)) == _reader.measurementOfTd(new bytes(TD15)), "another one");
        TdxModule memory module = _reader.moduleOf(_td());
        require(module.teeTcbSvn == bytes16(hex"0401") && module.attributes == 0x0100000000000000, "another module");
        require(module.signerHash == keccak256(_part(_td(), 64, 48)), "another signer");
    }

    function test_AnEnclaveIsMeasuredWithItsConfiguration() public view {
        bytes memory body = new bytes(ENCLAVE);
        (bytes32 image, bytes32 signer) = (_reader.measurementOfEnclave(body), _reader.measurementOfSigner(body));
        require(image != signer, "one is taken for the other");
        for (uint256 index = 0; index < ENCLAVE; ++index) {
            body[index] = 0x01;
            bool configured = (index >= 192 && index < 256) || index == 260 || index == 261;
            bool measured = configured || (index >= 64 && index < 96);
            require((_reader.measurementOfEnclave(body) != image) == measured, "an image, measured otherwise");
            measured = configured || (index >= 128 && index < 160) || index == 256 || index == 257;
            measured = measured || (index >= 32 && index < 48) || (index >= 304 && index < 320);
            require((_reader.measurementOfSigner(body) != signer) == measured, "a signer, measured otherwise");
            bytes memory data = _reader.reportDataOf(TeeType.Sgx, body);
            require(keccak256(data) == keccak256(_part(body, 320, 64)), "other report data");
            body[index] = 0x00;
        }
    }

    /* SIGNATURES */

    function testFuzz_AQuoteIsSignedFromThePlatformDown(
        bytes memory signed,
        bytes memory authData,
        uint8 bit
    ) public view {
        _reader.requireSigned(_quote(signed, authData));

        Quote memory quote = _quote(signed, authData);
        quote.signed = bytes.concat(signed, hex"00");
        _requireNotSigned(quote, DcapQuote.QuoteSignatureInvalid.selector);
        quote = _quote(signed, authData);
        quote.qeAuthData = bytes.concat(authData, hex"00");
        _requireNotSigned(quote, DcapQuote.AttestationKeyUnbound.selector);
        quote = _quote(signed, authData);
        quote.attestation.key = _keyOf(PCK);
        _requireNotSigned(quote, DcapQuote.AttestationKeyUnbound.selector);
        quote = _quote(signed, authData);
        quote.qeReport[bit] ^= 0x01;
        _requireNotSigned(quote, DcapQuote.QeReportSignatureInvalid.selector);
        quote = _quote(signed, authData);
        quote.certification.key = _keyOf(ATTESTATION);
        _requireNotSigned(quote, DcapQuote.QeReportSignatureInvalid.selector);
        quote = _quote(signed, authData);
        quote.certification.r ^= bytes32(uint256(1) << bit);
        _requireNotSigned(quote, DcapQuote.QeReportSignatureInvalid.selector);
        quote = _quote(signed, authData);
        quote.attestation.s ^= bytes32(uint256(1) << bit);
        _requireNotSigned(quote, DcapQuote.QuoteSignatureInvalid.selector);
    }

    /// @dev Signed by the platform, and of a quoting enclave that says something else.
    function test_AReportBindsTheKeyAndNothingElse() public view {
        for (uint256 index = 320; index < ENCLAVE; ++index) {
            Quote memory quote = _quote("signed", "auth data");
            quote.qeReport[index] ^= 0x80;
            quote.certification = _sign(PCK, quote.qeReport);
            _requireNotSigned(quote, DcapQuote.AttestationKeyUnbound.selector);
        }
        uint16[3] memory lengths = [0, 383, 385];
        for (uint256 i = 0; i < 3; ++i) {
            Quote memory quote = _quote("signed", "auth data");
            quote.qeReport = _part(bytes.concat(quote.qeReport, hex"00"), 0, lengths[i]);
            quote.certification = _sign(PCK, quote.qeReport);
            _requireNotSigned(quote, DcapQuote.QuoteUnsupported.selector);
        }
    }

    function _quote(bytes memory signed, bytes memory authData) private pure returns (Quote memory quote) {
        quote.signed = signed;
        quote.attestation = _sign(ATTESTATION, signed);
        PublicKey memory key = quote.attestation.key;
        bytes32 binding = sha256(bytes.concat(key.x, key.y, authData));
        quote.qeReport = bytes.concat(new bytes(320), binding, new bytes(32));
        quote.qeAuthData = authData;
        quote.certification = _sign(PCK, quote.qeReport);
    }

    function _sign(uint256 privateKey, bytes memory message) private pure returns (Signature memory) {
        (bytes32 r, bytes32 s) = vm.signP256(privateKey, sha256(message));
        return Signature(r, s, _keyOf(privateKey));
    }

    function _keyOf(uint256 privateKey) private pure returns (PublicKey memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(privateKey);
        return PublicKey(bytes32(x), bytes32(y));
    }

    function _requireNotSigned(Quote memory quote, bytes4 expected) private view {
        bytes memory call = abi.encodeCall(DcapQuoteReader.requireSigned, (quote));
        requireRefused(address(_reader), call, abi.encodeWithSelector(expected));
    }

    function _requireNotSealed(TeeType tee, bytes memory body, bytes memory expected) private view {
        requireRefused(address(_reader), abi.encodeCall(DcapQuoteReader.requireSealed, (tee, body)), expected);
    }

    function _requireRead(bytes memory signed, bool accepted, bool tdx, bytes memory body) private view {
        if (!accepted) {
            bytes memory call = abi.encodeCall(DcapQuoteReader.bodyOf, (signed));
            requireRefused(address(_reader), call, abi.encodeWithSelector(DcapQuote.QuoteUnsupported.selector));
            return;
        }
        (TeeType tee, bytes memory found) = _reader.bodyOf(signed);
        require((tee == TeeType.Tdx) == tdx && keccak256(found) == keccak256(body), "another body");
    }

    /// @dev Version, ECDSA on P-256, kind of enclave, four bytes that are free, the vendor, and 20 that are.
    function _header(uint8 version, bool tdx) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                version,
                hex"000200",
                tdx ? bytes4(0x81000000) : bytes4(0),
                hex"0a000f00",
                hex"939a7233f79c4ca9940a0db3957f0607",
                new bytes(20)
            );
    }

    function _td() private pure returns (bytes memory body) {
        body = new bytes(TD10);
        (body[0], body[1], body[64], body[111], body[112]) = (0x04, 0x01, 0xaa, 0xbb, 0x01);
        body[123] = 0x10;
    }

    function _enclave() private pure returns (bytes memory body) {
        body = new bytes(ENCLAVE);
        (body[48], body[56]) = (0x05, 0xe7);
    }

    function _part(bytes memory data, uint256 from, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) part[i] = data[from + i];
    }
}

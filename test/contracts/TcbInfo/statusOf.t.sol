// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TcbInfo} from "../../../contracts/libraries/TcbInfo.sol";
import {TcbLevels} from "../../../contracts/libraries/TcbLevels.sol";
import {TdxModule} from "../../../contracts/types/Enclave.sol";
import {TcbStatus, TeeType} from "../../../contracts/types/Tcb.sol";
import {JsonText} from "../Json/JsonText.sol";
import {refusalOf, requireRefused} from "../refused.sol";
import {TcbInfoText} from "./TcbInfoText.sol";

contract TcbInfoJudge {
    function read(bytes calldata text) external pure returns (TcbInfo.Info memory) {
        return TcbInfo.read(text);
    }

    function statusOf(
        TcbInfo.Info memory info,
        bytes16 cpuSvn,
        uint16 pceSvn,
        TdxModule memory module
    ) external pure returns (TcbStatus status, bytes memory advisories) {
        return TcbInfo.statusOf(info, cpuSvn, pceSvn, module);
    }
}

/// @title StatusOfTest
/// @notice A platform is judged with the TDX module that it runs, and not at all with one that the vendor does not name.
contract StatusOfTest {
    TcbInfoJudge private immutable _judge = new TcbInfoJudge();

    /// @dev No enclave of SGX has TDX components: a level that demands one is reached by none.
    function test_OfSgxNothingIsSaidOfTdx() public view {
        string[] memory members = TcbInfoText.members();
        members[TcbInfoText.ID] = '"id":"SGX"';
        members = TcbInfoText.without(TcbInfoText.without(members, TcbInfoText.MODULES), TcbInfoText.MODULE);
        TcbInfo.Info memory info = _read(JsonText.objectOf(members));
        require(info.tee == TeeType.Sgx && info.modules.length == 0, "of TDX");
        bytes memory call = abi.encodeCall(TcbInfoJudge.statusOf, (info, _cpuSvn(5), 11, _module(hex"040105")));
        requireRefused(address(_judge), call, abi.encodeWithSelector(TcbLevels.TcbLevelMissing.selector));

        members[members.length - 1] = string.concat(
            '"tcbLevels":[{"tcb":{"sgxtcbcomponents":[',
            _components("5"),
            '],"pcesvn":11},"tcbStatus":"SWHardeningNeeded"}]'
        );
        info = _read(JsonText.objectOf(members));
        bytes16 fives = 0x05050505050505050505050505050505;
        (TcbStatus status, ) = _judge.statusOf(info, fives, 11, _module(hex"040105"));
        require(status == TcbStatus.SWHardeningNeeded, "another status");
        members[TcbInfoText.ID] = '"id":"TDX"';
        call = abi.encodeCall(TcbInfoJudge.read, (JsonText.objectOf(members)));
        bytes4 reason = bytes4(refusalOf(address(_judge), call));
        require(reason == TcbLevels.TcbLevelMalformed.selector, "refused for another reason");
    }

    function test_APlatformIsJudgedWithItsModule() public view {
        TcbInfo.Info memory info = _read(JsonText.objectOf(TcbInfoText.members()));
        _requireStatus(info, 5, hex"040105", TcbStatus.UpToDate, hex"006a0267");
        _requireStatus(info, 5, hex"ff01ff", TcbStatus.UpToDate, hex"006a0267");
        // The module of version 1 is out of date below 4, that of version 3 below 3.
        _requireStatus(info, 5, hex"030105", TcbStatus.OutOfDate, hex"006a0267040c");
        _requireStatus(info, 5, hex"030305", TcbStatus.UpToDate, hex"006a0267");
        _requireStatus(info, 5, hex"020305", TcbStatus.OutOfDate, hex"006a0267040c");
        // Below 2 it has no level.
        _requireStatus(info, 5, hex"010105", TcbStatus.Revoked, hex"006a0267");
        // Whose first two components are the platform's where there is no identity.
        _requireStatus(info, 2, hex"040102", TcbStatus.OutOfDate, hex"006a0267");
    }

    /// @dev Version 0 has no levels: its components are all compared with the platform's.
    function test_AModuleOfVersionZeroIsJudgedByThePlatform() public view {
        string[] memory members = TcbInfoText.members();
        members[TcbInfoText.LEVELS] = string.concat(
            '"tcbLevels":[{"tcb":{"sgxtcbcomponents":[',
            _components("0"),
            '],"pcesvn":1,"tdxtcbcomponents":[{"svn":3},',
            _components("0", 15),
            ']},"tcbStatus":"UpToDate"}]'
        );
        TcbInfo.Info memory info = _read(JsonText.objectOf(members));
        _requireStatus(info, 5, hex"030000", TcbStatus.UpToDate, "");
        bytes memory call = abi.encodeCall(TcbInfoJudge.statusOf, (info, _cpuSvn(5), 11, _module(hex"020000")));
        requireRefused(address(_judge), call, abi.encodeWithSelector(TcbLevels.TcbLevelMissing.selector));
        _requireUnknown(
            _read(JsonText.objectOf(TcbInfoText.without(members, TcbInfoText.MODULE))),
            _module(hex"030000"),
            0
        );
    }

    function testFuzz_AModuleOfAnotherSignerOrAttributesIsUnknown(
        uint8 bit,
        bytes32 signer,
        uint8 version
    ) public view {
        TcbInfo.Info memory info = _read(JsonText.objectOf(TcbInfoText.members()));
        TdxModule memory module = _module(hex"040105");
        module.attributes ^= bytes8(uint64(1) << (bit % 64));
        if (bit % 64 < 8) _judge.statusOf(info, _cpuSvn(5), 11, module);
        else _requireUnknown(info, module, 1);

        module = _module(hex"040105");
        if (signer != module.signerHash) module.signerHash = signer;
        else module.signerHash = 0;
        _requireUnknown(info, module, 1);

        if (version == 0 || version == 1 || version == 3) version = 2;
        module = _module(abi.encodePacked(uint8(4), version, uint8(5)));
        _requireUnknown(info, module, version);
    }

    /// @dev Each byte of a signer, and each that is compared of attributes.
    function test_EachByteOfASignerIsRead() public view {
        TdxModule memory module = _module(hex"040105");
        for (uint256 i = 0; i < 48; ++i) {
            bytes memory signer = bytes.concat(TcbInfoText.SIGNER_BYTES);
            signer[i] ^= 0x01;
            module.signerHash = keccak256(signer);
            _requireUnknown(_read(JsonText.objectOf(TcbInfoText.members())), module, 1);
        }
    }

    function _requireStatus(
        TcbInfo.Info memory info,
        uint8 svn,
        bytes memory teeTcbSvn,
        TcbStatus expected,
        bytes memory expectedAdvisories
    ) private view {
        (TcbStatus status, bytes memory advisories) = _judge.statusOf(info, _cpuSvn(svn), 11, _module(teeTcbSvn));
        require(status == expected, "another status");
        require(keccak256(advisories) == keccak256(expectedAdvisories), "other advisories");
    }

    function _requireUnknown(TcbInfo.Info memory info, TdxModule memory module, uint8 version) private view {
        bytes memory call = abi.encodeCall(TcbInfoJudge.statusOf, (info, _cpuSvn(5), 11, module));
        requireRefused(address(_judge), call, abi.encodeWithSelector(TcbInfo.TdxModuleUnknown.selector, version));
    }

    function _module(bytes memory teeTcbSvn) private pure returns (TdxModule memory) {
        // The last byte of the attributes is masked out.
        return TdxModule(bytes16(teeTcbSvn), 0x0000000000000100, keccak256(TcbInfoText.SIGNER_BYTES));
    }

    function _cpuSvn(uint8 svn) private pure returns (bytes16) {
        return bytes16(bytes1(svn)) | bytes16(uint128(svn));
    }

    function _components(string memory svn) private pure returns (string memory) {
        return _components(svn, 16);
    }

    function _components(string memory svn, uint256 count) private pure returns (string memory text) {
        for (uint256 i = 0; i < count; ++i) text = string.concat(text, i == 0 ? "" : ",", '{"svn":', svn, "}");
    }

    function _read(bytes memory text) private view returns (TcbInfo.Info memory) {
        return _judge.read(text);
    }
}

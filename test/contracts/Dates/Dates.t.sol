// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../../contracts/libraries/Dates.sol";
import {requireRefused} from "../refused.sol";

contract DatesReader {
    function parse(bytes calldata text, uint256 yearDigits) external pure returns (uint40) {
        return Dates.parse(text, yearDigits);
    }

    function parseIso(bytes calldata text) external pure returns (uint40) {
        return Dates.parseIso(text);
    }
}

/// @title DatesTest
/// @notice Times are those of a calendar that is counted year by year and month by month.
contract DatesTest {
    struct Time {
        uint256 year;
        uint256 month;
        uint256 day;
        uint256 hour;
        uint256 minute;
        uint256 second;
    }

    DatesReader private immutable _reader = new DatesReader();

    function testFuzz_EveryFormSaysTheSecond(uint256 seed) public view {
        Time memory time = _timeOf(seed);
        uint256 expected = _secondsOf(time);
        require(_reader.parse(_digits(time, 4), 4) == expected, "four digits of a year");
        require(_reader.parseIso(_iso(time)) == expected, "ISO 8601");
        time.year = 1950 + (time.year % 100);
        require(_reader.parse(_digits(time, 2), 2) == _secondsOf(time), "two digits of a year");
    }

    function test_DaysFollowOneAnotherOverLeapYears() public view {
        uint16[4] memory starts = [1970, 1999, 2023, 2095];
        for (uint256 i = 0; i < starts.length; ++i) {
            Time memory time = Time(starts[i], 1, 1, 0, 0, 0);
            uint256 expected = _secondsOf(time);
            for (; time.year < starts[i] + 6; expected += 1 days) {
                require(_reader.parseIso(_iso(time)) == expected, "a day is amiss");
                _step(time);
            }
        }
    }

    function test_TheFirstSecondAndTheLast() public view {
        require(_reader.parseIso("1970-01-01T00:00:01Z") == 1, "the first second");
        require(_reader.parseIso("9999-12-31T23:59:59Z") == 253_402_300_799, "the last one of four digits");
        require(_reader.parse("700101000001", 2) == 1, "the first of two digits");
        require(_reader.parse("491231235959", 2) == 2_524_607_999, "the last one of two digits");
    }

    function test_WhatLiesBeforeTheEpochIsZero() public view {
        require(_reader.parseIso("1969-12-31T23:59:59Z") == 0, "the last second before");
        require(_reader.parseIso("0000-01-01T00:00:01Z") == 0, "the first year");
        require(_reader.parse("500101000001", 2) == 0, "two digits from 50 on are of that century");
    }

    function test_AMonthHasItsDays() public view {
        uint16[6] memory someYears = [1968, 1999, 2000, 2024, 2100, 2400];
        for (uint256 i = 0; i < someYears.length; ++i) {
            for (uint256 month = 1; month <= 12; ++month) {
                Time memory time = Time(someYears[i], month, _daysIn(someYears[i], month), 12, 0, 0);
                require(_reader.parseIso(_iso(time)) == _secondsOf(time), "the last day of a month");
                time.day += 1;
                _requireNoTime(time);
                time.day = 0;
                _requireNoTime(time);
            }
        }
    }

    function test_ClocksAndMonthsEnd() public view {
        _requireNoTime(Time(2024, 0, 1, 0, 0, 0));
        _requireNoTime(Time(2024, 13, 1, 0, 0, 0));
        _requireNoTime(Time(2024, 1, 32, 0, 0, 0));
        _requireNoTime(Time(2024, 1, 1, 24, 0, 0));
        _requireNoTime(Time(2024, 1, 1, 0, 60, 0));
        _requireNoTime(Time(2024, 1, 1, 0, 0, 60));
        _requireNoTime(Time(1969, 1, 1, 99, 0, 0));
    }

    /// @dev The neighbours of digits, and what is far from them.
    function test_EveryDigitIsOne() public view {
        bytes1[5] memory others = [bytes1("/"), ":", "A", 0x00, 0xb0];
        for (uint256 i = 0; i < 14; ++i) {
            for (uint256 j = 0; j < others.length; ++j) {
                _requireNotParsed(_with("20240229123456", i, others[j]), 4);
                if (i < 12) _requireNotParsed(_with("240229123456", i, others[j]), 2);
            }
        }
    }

    /// @dev Changed or left out: digits between signs, and signs between digits.
    function test_EverySignOfIsoIsThere() public view {
        bytes memory text = "2024-02-29T12:34:56Z";
        for (uint256 i = 0; i < text.length; ++i) {
            bool sign = i == 4 || i == 7 || i == 10 || i == 13 || i == 16 || i == 19;
            _requireNotIso(_with(text, i, sign ? bytes1("0") : bytes1("-")));
        }
        _requireNotIso("2024-02-29T12:34:56.0Z");
        _requireNotIso("2024-02-29T12:34:56");
        _requireNotIso("2024-02-29 12:34:56Z");
        _requireNotIso("");
    }

    function testFuzz_AnotherLengthIsNoTime(uint8 length, bool short) public view {
        uint256 yearDigits = short ? 2 : 4;
        if (length == yearDigits + 10) ++length;
        bytes memory text = new bytes(length);
        for (uint256 i = 0; i < length; ++i) text[i] = "1";
        _requireNotParsed(text, yearDigits);
        if (length != 20) _requireNotIso(text);
    }

    /// @dev From 1950 to 2199.
    function _timeOf(uint256 seed) private pure returns (Time memory time) {
        time.year = 1950 + (uint16(seed) % 250);
        time.month = 1 + (uint16(seed >> 16) % 12);
        time.day = 1 + (uint16(seed >> 32) % _daysIn(time.year, time.month));
        time.hour = uint16(seed >> 48) % 24;
        time.minute = uint16(seed >> 64) % 60;
        time.second = uint16(seed >> 80) % 60;
    }

    function _secondsOf(Time memory time) private pure returns (uint256) {
        if (time.year < 1970) return 0;
        uint256 count = time.day - 1;
        for (uint256 year = 1970; year < time.year; ++year) count += _isLeap(year) ? 366 : 365;
        for (uint256 month = 1; month < time.month; ++month) count += _daysIn(time.year, month);
        return count * 1 days + time.hour * 1 hours + time.minute * 1 minutes + time.second;
    }

    function _step(Time memory time) private pure {
        if (time.day < _daysIn(time.year, time.month)) {
            ++time.day;
            return;
        }
        time.day = 1;
        (time.year, time.month) = time.month < 12 ? (time.year, time.month + 1) : (time.year + 1, 1);
    }

    function _isLeap(uint256 year) private pure returns (bool) {
        if (year % 400 == 0) return true;
        if (year % 100 == 0) return false;
        return year % 4 == 0;
    }

    function _daysIn(uint256 year, uint256 month) private pure returns (uint256) {
        uint8[12] memory lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        return lengths[month - 1] + (month == 2 && _isLeap(year) ? 1 : 0);
    }

    function _requireNoTime(Time memory time) private view {
        _requireNotParsed(_digits(time, 4), 4);
        _requireNotIso(_iso(time));
        if (time.year >= 1950 && time.year < 2050) _requireNotParsed(_digits(time, 2), 2);
    }

    function _requireNotParsed(bytes memory text, uint256 yearDigits) private view {
        bytes memory call = abi.encodeCall(DatesReader.parse, (text, yearDigits));
        requireRefused(address(_reader), call, abi.encodeWithSelector(Dates.TimeMalformed.selector, text));
    }

    function _requireNotIso(bytes memory text) private view {
        bytes memory call = abi.encodeCall(DatesReader.parseIso, (text));
        requireRefused(address(_reader), call, abi.encodeWithSelector(Dates.TimeMalformed.selector, text));
    }

    function _digits(Time memory time, uint256 yearDigits) private pure returns (bytes memory) {
        bytes memory date = bytes.concat(_two(time.year % 100), _two(time.month), _two(time.day));
        if (yearDigits == 4) date = bytes.concat(_two(time.year / 100), date);
        return bytes.concat(date, _two(time.hour), _two(time.minute), _two(time.second));
    }

    function _iso(Time memory time) private pure returns (bytes memory) {
        bytes memory date = bytes.concat(_two(time.year / 100), _two(time.year % 100), "-", _two(time.month));
        date = bytes.concat(date, "-", _two(time.day), "T", _two(time.hour), ":", _two(time.minute));
        return bytes.concat(date, ":", _two(time.second), "Z");
    }

    function _two(uint256 number) private pure returns (bytes memory) {
        return bytes.concat(bytes1(uint8(0x30 + number / 10)), bytes1(uint8(0x30 + (number % 10))));
    }

    function _with(bytes memory text, uint256 index, bytes1 char) private pure returns (bytes memory changed) {
        changed = bytes.concat(text);
        changed[index] = char;
    }
}

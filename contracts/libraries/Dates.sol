// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Dates
/// @notice Reads times that are written in decimal digits, in UTC.
library Dates {
    /// @notice Not a time of the calendar: a digit that is none, a thirteenth month, a 31st of April, a sixtieth minute.
    error TimeMalformed(bytes text);

    uint256 private constant DAYS_BEFORE_EPOCH = 719_468;

    /// @notice Returns the seconds since the epoch of `YYMMDDhhmmss` or `YYYYMMDDhhmmss`; 0 for what lies before it.
    /// @param yearDigits 2 or 4: two stand for 1950 to 2049, as RFC 5280 4.1.2.5.1 has it.
    function parse(bytes calldata text, uint256 yearDigits) internal pure returns (uint40 time) {
        require(text.length == yearDigits + 10, TimeMalformed(text));
        uint256 year = _number(text, 0, yearDigits);
        if (yearDigits == 2) year += year < 50 ? 2000 : 1900;
        uint256 offset = yearDigits;
        return
            _toTime(
                text,
                year,
                _number(text, offset, 2),
                _number(text, offset + 2, 2),
                _secondOf(
                    text,
                    _number(text, offset + 4, 2),
                    _number(text, offset + 6, 2),
                    _number(text, offset + 8, 2)
                )
            );
    }

    /// @notice Returns the seconds since the epoch of `YYYY-MM-DDThh:mm:ssZ`; 0 for what lies before it.
    function parseIso(bytes calldata text) internal pure returns (uint40) {
        bool punctuated =
            text.length == 20 &&
                text[4] == "-" &&
                text[7] == "-" &&
                text[10] == "T" &&
                text[13] == ":" &&
                text[16] == ":" &&
                text[19] == "Z";
        require(punctuated, TimeMalformed(text));
        return
            _toTime(
                text,
                _number(text, 0, 4),
                _number(text, 5, 2),
                _number(text, 8, 2),
                _secondOf(text, _number(text, 11, 2), _number(text, 14, 2), _number(text, 17, 2))
            );
    }

    /// @dev Days by counting from March, so that the leap day comes last (H. Hinnant, "chrono-compatible low-level date
    /// algorithms", days_from_civil).
    function _toTime(
        bytes calldata text,
        uint256 year,
        uint256 month,
        uint256 day,
        uint256 second
    ) private pure returns (uint40) {
        require(month > 0 && month < 13 && day > 0 && day <= _daysOf(year, month), TimeMalformed(text));
        if (year < 1970) return 0;
        if (month < 3) --year;
        uint256 daysBefore = 365 * year + year / 4 - year / 100 + year / 400;
        daysBefore += (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        // A year has four digits, so the time has 40 bits.
        return uint40((daysBefore - DAYS_BEFORE_EPOCH) * 1 days + second);
    }

    /// @dev Every other month has 31 days, and August after July again.
    function _daysOf(uint256 year, uint256 month) private pure returns (uint256) {
        if (month != 2) return 30 + ((month + month / 8) % 2);
        bool leap = year % 4 == 0 && (year % 100 > 0 || year % 400 == 0);
        return leap ? 29 : 28;
    }

    function _secondOf(
        bytes calldata text,
        uint256 hour,
        uint256 minute,
        uint256 second
    ) private pure returns (uint256) {
        require(hour < 24 && minute < 60 && second < 60, TimeMalformed(text));
        return hour * 3600 + minute * 60 + second;
    }

    function _number(bytes calldata text, uint256 offset, uint256 length) private pure returns (uint256 value) {
        uint256 digits;
        assembly ("memory-safe") {
            digits := calldataload(add(text.offset, offset))
        }
        unchecked {
            // At most four digits, all of them within the text, whose length was demanded.
            for (uint256 i = 0; i < length; ++i) {
                uint256 digit = (digits >> 248) ^ 0x30;
                require(digit < 10, TimeMalformed(text));
                value = value * 10 + digit;
                digits <<= 8;
            }
        }
    }
}

"""Logarithms, powers, products and quotients in whole numbers: the same bits on every machine.

A **fixed** number is an int that stands for itself over ONE (2 ** 52). Every function takes and gives fixed
numbers of any size and nothing overflows. Bounds on the error, held by `tests/engine/test_fixed.py`:

    mul, div, of                 half of one unit (2 ** -53), a half goes up
    log2, log2_int               one unit; nothing for powers of 2
    log2_ratio                   two units
    ln                           one unit below 2 ** 1024
    exp2                         half of one unit, and 2 ** -54 of the result
    exp                          half of one unit, and 2 ** -52 of the result, for arguments up to 1024
"""

from math import isqrt
from typing import Final

FRAC: Final = 52
ONE: Final = 1 << FRAC
HALF: Final = ONE >> 1
MILLION: Final = 1_000_000
LN2_80: Final = 837_963_523_372_001_241_319_908  # ln 2 in units of 2 ** -80.
LOG2E_80: Final = 1_744_111_284_760_651_037_637_904  # 1 / ln 2, the same.

_WORK: Final = 62  # Bits behind the point within a function.
_INDEX: Final = 8  # Tables have 2 ** 8 entries.
_ENTRIES: Final = 1 << _INDEX
_DOWN: Final = 1 << (_WORK - FRAC - 1)
_LN2: Final = (LN2_80 + (1 << 17)) >> 18
# The series of log2(1 + u) and 2 ** u: 1 / ln 2 / k, and (ln 2) ** k / k!, in units that fit their place.
_C1: Final = LOG2E_80 >> 20
_C2: Final = LOG2E_80 // 2 >> 40
_C3: Final = LOG2E_80 // 3 >> 50
_C4: Final = LOG2E_80 // 4 >> 50
_C5: Final = LOG2E_80 // 5 >> 50
_C6: Final = LOG2E_80 // 6 >> 50
_D1: Final = LN2_80 >> 20
_D2: Final = LN2_80**2 // 2 >> 120
_D3: Final = LN2_80**3 // 6 >> 207
_D4: Final = LN2_80**4 // 24 >> 287
_D5: Final = LN2_80**5 // 120 >> 367


def of(num: int, den: int) -> int:
    """The fixed number nearest to num / den; `den` is positive."""
    return ((num << (FRAC + 1)) + den) // (2 * den)


def mul(a: int, b: int) -> int:
    """a times b."""
    return (a * b + HALF) >> FRAC


def div(a: int, b: int) -> int:
    """a divided by b, which is positive."""
    return ((a << (FRAC + 1)) + b) // (2 * b)


def ppm(a: int) -> int:
    """The number in parts per million, a half goes up."""
    return (a * MILLION + HALF) >> FRAC


def log2(a: int) -> int:
    """The logarithm of a positive fixed number to the base 2."""
    return log2_int(a) - FRAC * ONE


def log2_ratio(num: int, den: int) -> int:
    """The logarithm of num / den, two positive plain integers, to the base 2."""
    return log2_int(num) - log2_int(den)


def log2_int(n: int) -> int:
    """The logarithm of a positive plain integer, of any size, to the base 2."""
    assert n > 0, "only positive numbers have a logarithm"
    whole = n.bit_length() - 1
    # n = 2 ** whole * m, 1 <= m < 2; m times the entry's inverse is 1 + u with |u| <= 2 ** -9.
    m = n << (_WORK - whole) if whole <= _WORK else n >> (whole - _WORK)
    at = (m >> (_WORK - _INDEX)) - _ENTRIES
    u = ((m * _INVERSES[at]) >> _WORK) - (1 << _WORK)
    # log2(1 + u) = u * (C1 - u * (C2 - u * ...)), each term with no more bits than it adds to the result.
    small = u >> (_WORK - 40)
    third = _C3 - ((small * (_C4 - ((small * (_C5 - ((small * _C6) >> 40))) >> 40))) >> 40)
    first = _C1 - ((u * (_C2 - ((small * third) >> 30))) >> 42)
    found = ((u * first) >> 60) + _LOGS[at]
    return (whole << FRAC) + ((found + _DOWN) >> (_WORK - FRAC))


def ln(a: int) -> int:
    """The natural logarithm of a positive fixed number."""
    return (log2(a) * _LN2 + (1 << (_WORK - 1))) >> _WORK


def exp2(a: int) -> int:
    """2 to the power of a fixed number; 0 where the power is below half of one unit."""
    whole = a >> FRAC
    part = a & (ONE - 1)
    at = part >> (FRAC - _INDEX)
    rest = part & ((ONE >> _INDEX) - 1)
    # 2 ** rest = 1 + rest * (D1 + rest * (D2 + ...)), as above.
    small = rest >> (FRAC - 40)
    third = _D3 + ((small * (_D4 + ((small * _D5) >> 40))) >> 40)
    first = _D1 + ((rest * (_D2 + ((small * third) >> 33))) >> 32)
    found = _POWERS[at] * ((1 << _WORK) + ((rest * first) >> 50))  # In units of 2 ** -124.
    down = 2 * _WORK - FRAC - whole
    if down <= 0:
        return found << -down
    return (found + (1 << (down - 1))) >> down if down < 4 * _WORK else 0


def exp(a: int) -> int:
    """e to the power of a fixed number."""
    # Multiplied with many bits: what is lost in the exponent is lost in the result as often as it says.
    return exp2((a * LOG2E_80 + (1 << 79)) >> 80)


def _powers() -> list[int]:
    """2 ** (i / 256) for every i below 256, in units of 2 ** -62."""
    bits = 128
    step = 2 << bits
    for _ in range(_INDEX):
        step = isqrt(step << bits)
    power, found = 1 << bits, []
    for _ in range(_ENTRIES):
        found.append((power + (1 << (bits - _WORK - 1))) >> (bits - _WORK))
        power = (power * step) >> bits
    return found


def _inverses() -> list[int]:
    """1 over the middle of each of the 256 parts of [1, 2), in units of 2 ** -62."""
    return [(1 << (_WORK + _INDEX + 1)) // (2 * (_ENTRIES + at) + 1) for at in range(_ENTRIES)]


def _logs() -> list[int]:
    """The logarithms to the base 2 of 1 over those inverses, in units of 2 ** -62, digit by digit."""
    found, bits = [], 96
    for inverse in _INVERSES:
        # 1 / inverse is in [1, 2): squared, it tells the next binary digit of its logarithm.
        m, log = (1 << (bits + _WORK)) // inverse, 0
        for _ in range(_WORK + 2):
            m = (m * m) >> bits
            log <<= 1
            if m >> (bits + 1):
                m >>= 1
                log |= 1
        found.append((log + 2) >> 2)
    return found


_POWERS: Final = _powers()
_INVERSES: Final = _inverses()
_LOGS: Final = _logs()

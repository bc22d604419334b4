"""Which numbers a message may go to: mobile numbers of the listed regions, and nothing that costs or listens elsewhere.

Rule and reason: security reference, SMS toll fraud: an allow-list by the metadata of libphonenumber, never a deny-list.
"""

from collections.abc import Collection

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

#: A fixed line that may be mobile is no mobile number; Russia numbers the two apart.
_TYPES = frozenset({PhoneNumberType.MOBILE})


def allowed(phone: str, regions: Collection[str]) -> str | None:
    """The number in E.164 if a message may go to it, else None. `phone` is international ("+7…")."""
    try:
        number = phonenumbers.parse(phone, None)
    except NumberParseException:
        return None
    if phonenumbers.number_type(number) not in _TYPES or number.extension is not None:
        return None
    if phonenumbers.region_code_for_number(number) not in regions:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

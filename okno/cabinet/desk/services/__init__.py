"""Staff: how they come in, by a link and a code, and what each may do."""

from okno.cabinet.desk.services.entering import DATABASE, LinkError, presence_open, staff_enter, staff_link_create
from okno.cabinet.desk.services.factors import CodeError, Enrolment, factor_begin, factor_enrolment, factor_pass

__all__ = [
    "DATABASE",
    "CodeError",
    "Enrolment",
    "LinkError",
    "factor_begin",
    "factor_enrolment",
    "factor_pass",
    "presence_open",
    "staff_enter",
    "staff_link_create",
]

"""The one registry of operations: validation, limits, rights, documents and schemas are all made from it."""

from okno.protocol.registry.checks import Checked, Member, check, check_system, operation_of, subject_of
from okno.protocol.registry.operation import Operation, signers
from okno.protocol.registry.table import OPERATIONS

__all__ = [
    "OPERATIONS",
    "Checked",
    "Member",
    "Operation",
    "check",
    "check_system",
    "operation_of",
    "signers",
    "subject_of",
]

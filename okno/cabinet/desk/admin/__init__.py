"""What staff sees: each theme registers its lists in a file of its own, which this one names."""

from okno.cabinet.desk.admin import payments, processes, reconciliation, slips
from okno.cabinet.desk.admin.site import site

__all__ = ["payments", "processes", "reconciliation", "site", "slips"]

"""Questions whose replies the relay hands over, byte for byte, to a process that judges and applies them.

The relay only carries: it holds the signing key, so nothing that came through its hands is believed for its sake.
"""

SNAPSHOT_GET = "okno.account.snapshot.get.v1"
IDENTIFY = "okno.customer.identify.v1"
PROVE = "okno.customer.prove.v1"
PROFILE_GET = "okno.customer.profile.get.v1"
SYNC_PAGE = "okno.sync.page.v1"
REQUISITES_GET = "okno.requisites.get.v1"
STATEMENT_GET = "okno.account.statement.get.v1"
RECONCILIATION_GET = "okno.account.reconciliation.get.v1"
BILL_LIST = "okno.bill.list.v1"

DOCUMENTS = frozenset({REQUISITES_GET, STATEMENT_GET, RECONCILIATION_GET, BILL_LIST})

#: Taken by the projector (snapshots and pages), by the filer (documents) and by the registrar (the others).
HANDED_OVER = frozenset({SNAPSHOT_GET, SYNC_PAGE, IDENTIFY, PROVE, PROFILE_GET, *DOCUMENTS})

"""A twin of an SMS centre: the carrier's HTTP wire, a journal that survives kill -9, a page that shows the phones."""

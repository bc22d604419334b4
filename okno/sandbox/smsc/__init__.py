"""A twin of an SMS centre and a post office: their wires, a journal that survives kill -9, a page of the phones."""

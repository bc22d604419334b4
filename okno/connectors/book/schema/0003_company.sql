-- Where to pay to (GOST R 56042-2014). All of it or nothing; kpp and sbp_link are what only some payees have.
ALTER TABLE book.company
    ADD COLUMN payee text,
    ADD COLUMN payee_account text CHECK (payee_account ~ '^[0-9]{20}$'),
    ADD COLUMN bank text,
    ADD COLUMN bic text CHECK (bic ~ '^[0-9]{9}$'),
    ADD COLUMN correspondent_account text CHECK (correspondent_account ~ '^[0-9]{20}$'),
    ADD COLUMN inn text CHECK (inn ~ '^[0-9]{10}([0-9]{2})?$'),
    ADD COLUMN kpp text CHECK (kpp ~ '^[0-9]{9}$'),
    ADD COLUMN sbp_link text,
    ADD COLUMN purpose text,
    ADD CHECK (num_nulls(payee, payee_account, bank, bic, inn, purpose) IN (0, 6)),
    ADD CHECK (payee IS NOT NULL OR num_nonnulls(correspondent_account, kpp, sbp_link) = 0);

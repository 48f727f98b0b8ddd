-- migrate:up

-- By what a text was read: the reader's name, a hash of what it was asked, Lector's version.
ALTER TABLE pages ADD COLUMN read_with jsonb;
ALTER TABLE page_versions ADD COLUMN read_with jsonb;

-- The public keys of those with which reports were signed: also of former ones, so that what they
-- signed can be verified for as long as anybody keeps it. A private key is in no database.
CREATE TABLE report_keys (
    fingerprint    text PRIMARY KEY,
    public_key     bytea NOT NULL CHECK (length(public_key) = 32),
    first_used_at  timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT (fingerprint, public_key) ON report_keys TO lector_upload;
GRANT UPDATE (read_with) ON pages TO lector_upload;
GRANT UPDATE (read_with) ON pages TO lector_register;
GRANT UPDATE (read_with) ON pages TO lector_llm;

-- migrate:down

DROP TABLE report_keys;
ALTER TABLE page_versions DROP COLUMN read_with;
ALTER TABLE pages DROP COLUMN read_with;

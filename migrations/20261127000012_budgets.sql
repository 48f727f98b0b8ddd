-- migrate:up

ALTER TABLE files
    -- What reading it may cost in all; NULL: whatever it takes.
    ADD COLUMN max_cost_usd double precision CHECK (max_cost_usd >= 0),
    -- The token that it was announced with; its ceilings hold also when it is revoked.
    ADD COLUMN token_id uuid;

CREATE INDEX files_stored ON files (tenant) INCLUDE (token_id, size_bytes) WHERE status <> 'deleted';

ALTER TABLE pages
    -- What its next call may cost at most, while the page waits for money.
    ADD COLUMN needs_usd double precision;

CREATE INDEX pages_waiting_for_money ON pages (file_id, number) WHERE waiting_code = 'budget_exceeded' AND announced_at IS NULL;

-- What was spent, and what calls under way may cost at most: of a file, and by days (UTC) of a token,
-- a tenant and the whole Lector. The scope is the kind and the name; a file has one row, of no day.
CREATE TABLE budgets (
    scope         text NOT NULL,
    day           date NOT NULL,
    spent_usd     numeric(20, 10) NOT NULL DEFAULT 0,
    reserved_usd  numeric(20, 10) NOT NULL DEFAULT 0,
    -- Pages of files that were opened on this day.
    pages         bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, day)
);

-- A file's goes with it. It has no reference to the file, which would lock that for it.
CREATE FUNCTION drop_budget() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.budgets WHERE scope = 'file ' || OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER files_drop_budget AFTER DELETE ON files FOR EACH ROW EXECUTE FUNCTION drop_budget();

-- What a delivery of a page may spend; a later delivery of the page takes its place.
CREATE TABLE reservations (
    page_id   uuid PRIMARY KEY,
    file_id   uuid NOT NULL,
    delivery  uuid NOT NULL,
    day       date NOT NULL,
    usd       numeric(20, 10) NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reservations_made ON reservations (made_at);

-- What may be done with a token, apart from it, as a ceiling outlives the token.
CREATE TABLE token_limits (
    token_id              uuid PRIMARY KEY,
    max_cost_usd_per_day  double precision CHECK (max_cost_usd_per_day >= 0),
    max_pages_per_day     bigint CHECK (max_pages_per_day >= 0),
    max_stored_bytes      bigint CHECK (max_stored_bytes >= 0)
);

GRANT INSERT (max_cost_usd, token_id), UPDATE (max_cost_usd) ON files TO lector_upload;
GRANT SELECT (max_cost_usd, token_id) ON files TO lector_register, lector_llm;
GRANT UPDATE (look_at), SELECT (look_at) ON files TO lector_llm;
GRANT SELECT (needs_usd, waiting_code, waiting_since), UPDATE (needs_usd, waiting_for, waiting_code, waiting_since)
    ON pages TO lector_upload, lector_register, lector_llm;
GRANT SELECT (waiting_code) ON pages TO lector_bridge;
GRANT SELECT ON budgets, token_limits TO lector_upload, lector_register, lector_llm;
GRANT INSERT, UPDATE ON budgets TO lector_register, lector_llm;
GRANT DELETE ON budgets TO lector_register;
GRANT SELECT, INSERT, UPDATE, DELETE ON reservations TO lector_llm;
GRANT SELECT, UPDATE, DELETE ON reservations TO lector_register;
GRANT INSERT, UPDATE, DELETE ON token_limits TO lector_upload;

-- migrate:down

DROP TABLE token_limits;
DROP TABLE reservations;
DROP TRIGGER files_drop_budget ON files;
DROP FUNCTION drop_budget;
DROP TABLE budgets;
DROP INDEX pages_waiting_for_money;
ALTER TABLE pages DROP COLUMN needs_usd;
DROP INDEX files_stored;
ALTER TABLE files
    DROP COLUMN max_cost_usd,
    DROP COLUMN token_id;

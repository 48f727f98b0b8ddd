-- migrate:up

ALTER TABLE files
    -- How many of its pages may be in flight, as last reckoned, and how many were announced since it
    -- was begun: its next range grows with them.
    ADD COLUMN share integer NOT NULL DEFAULT 0,
    ADD COLUMN announced_pages integer NOT NULL DEFAULT 0;

CREATE INDEX files_reading ON files (tenant, id) WHERE status IN ('uploaded', 'reading');

ALTER TABLE pages
    -- Since when the page is in flight; NULL: it waits in line. Everything of before was announced.
    ADD COLUMN announced_at timestamptz,
    -- What its reader made of it in this generation: failures that count, the first and the last
    -- failure, and in which lane.
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    ADD COLUMN failing_since timestamptz,
    ADD COLUMN failed_at timestamptz,
    ADD COLUMN failing_lane text,
    -- Beside the words in waiting_for: a code, and since when it is so.
    ADD COLUMN waiting_code text,
    ADD COLUMN waiting_since timestamptz;
UPDATE pages SET announced_at = now() WHERE status IN ('pending', 'rendered');

CREATE INDEX pages_in_flight ON pages (file_id) WHERE status IN ('pending', 'rendered') AND announced_at IS NOT NULL;
CREATE INDEX pages_in_line ON pages (file_id, number) WHERE status IN ('pending', 'rendered') AND announced_at IS NULL;
CREATE INDEX pages_failing ON pages (failing_lane, failing_since) WHERE status = 'rendered' AND failing_since IS NOT NULL;

-- How an endpoint has answered, by model: a lane is an endpoint with its key (a hash of both).
CREATE TABLE lanes (
    lane           text NOT NULL,
    model          text NOT NULL,
    -- When it last answered well; NULL: never.
    answered_at    timestamptz,
    -- Since when every request has failed, and the last of them.
    failing_since  timestamptz,
    failed_at      timestamptz,
    PRIMARY KEY (lane, model)
);

GRANT SELECT (share, announced_pages, tenant), UPDATE (share, announced_pages)
    ON files TO lector_upload, lector_register, lector_llm;
GRANT SELECT (announced_at, image_width_px, image_height_px, wanted_model), UPDATE (announced_at)
    ON pages TO lector_upload, lector_register, lector_llm;
GRANT UPDATE (failures, failing_since, failed_at, failing_lane, waiting_code, waiting_since) ON pages TO lector_upload;
GRANT UPDATE (waiting_code, waiting_since) ON pages TO lector_register;
GRANT SELECT (failures, failing_since, failed_at, failing_lane, waiting_code, waiting_since, image_width_px, image_height_px),
    UPDATE (failures, failing_since, failed_at, failing_lane, waiting_code, waiting_since)
    ON pages TO lector_llm;
GRANT SELECT, INSERT, UPDATE, DELETE ON lanes TO lector_llm;

-- migrate:down

DROP TABLE lanes;
ALTER TABLE pages
    DROP COLUMN announced_at,
    DROP COLUMN failures,
    DROP COLUMN failing_since,
    DROP COLUMN failed_at,
    DROP COLUMN failing_lane,
    DROP COLUMN waiting_code,
    DROP COLUMN waiting_since;
DROP INDEX files_reading;
ALTER TABLE files
    DROP COLUMN share,
    DROP COLUMN announced_pages;

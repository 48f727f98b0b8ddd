-- migrate:up

ALTER TABLE files
    DROP CONSTRAINT files_status_check,
    -- cancelled: somebody stopped it; deleted: a tombstone until its objects are surely gone.
    ADD CONSTRAINT files_status_check CHECK (status IN (
        'announced', 'uploaded', 'reading', 'completed', 'incomplete', 'failed', 'cancelled', 'deleted'
    )),
    -- When the sweep is to look at the file, unless it is finished by then. The default is for an
    -- `upload` of before, that still runs while this is rolled out.
    ADD COLUMN look_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
    -- How often, and when last, the file's work was announced again since anything of it moved; for
    -- a tombstone, how often the removal of its objects was.
    ADD COLUMN announced_again integer NOT NULL DEFAULT 0,
    ADD COLUMN announced_again_at timestamptz;

CREATE INDEX files_to_look_at ON files (look_at)
    WHERE status IN ('announced', 'uploaded', 'reading', 'deleted');

ALTER TABLE pages
    -- When somebody last said "not now" to the page.
    ADD COLUMN refused_at timestamptz;

CREATE INDEX pages_refused ON pages (refused_at) WHERE waiting_for IS NOT NULL;
CREATE INDEX pages_finished ON pages (finished_at) WHERE finished_at IS NOT NULL;

-- Whose answer it was, so that it can be forgotten together with the last page that looks so. Of
-- those kept so far nobody knows; they are a cache.
DELETE FROM readings;
ALTER TABLE readings ADD COLUMN image_sha256 text NOT NULL;
CREATE INDEX readings_image ON readings (image_sha256);
CREATE INDEX pages_image ON pages (image_sha256);

-- Events that were given up and belong to no page or file that could show it.
CREATE TABLE dead_letters (
    id           uuid PRIMARY KEY,
    function     text NOT NULL,
    error_code   text NOT NULL,
    error        text NOT NULL,
    attempts     integer NOT NULL,
    headers      jsonb NOT NULL,
    body         bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    replays      integer NOT NULL DEFAULT 0,
    replayed_at  timestamptz
);

-- migrate:down

DROP TABLE dead_letters;
DROP INDEX pages_image;
ALTER TABLE readings DROP COLUMN image_sha256;
DROP INDEX pages_finished;
ALTER TABLE pages DROP COLUMN refused_at;
DELETE FROM files WHERE status = 'deleted';
UPDATE files SET status = CASE WHEN page_count IS NULL THEN 'failed' ELSE 'incomplete' END WHERE status = 'cancelled';
ALTER TABLE files
    DROP CONSTRAINT files_status_check,
    ADD CONSTRAINT files_status_check CHECK (
        status IN ('announced', 'uploaded', 'reading', 'completed', 'incomplete', 'failed')
    ),
    DROP COLUMN look_at,
    DROP COLUMN announced_again,
    DROP COLUMN announced_again_at;
